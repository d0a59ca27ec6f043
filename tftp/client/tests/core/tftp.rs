//! Fetching by TFTP from a minimal server: blocks of 512 bytes and no options.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adr_client::Core;
use adr_client::Server;
use adr_client::follow::Transport;

use crate::dialing::{dial, quick_settings, wait_for_prefix, wait_for_transport};
use crate::script::{Script, prefix};
use crate::scripted_server::ScriptedServer;

type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Serves files until the process ends; returns the address.
fn serve(files: &Files) -> Server {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = Server::parse(&format!("tftp://{}/", socket.local_addr().unwrap())).unwrap();
    let files = Arc::clone(files);
    std::thread::spawn(move || {
        let mut packet = [0; 2048];
        while let Ok((count, from)) = socket.recv_from(&mut packet) {
            let name = packet[2..count].split(|byte| *byte == 0).next().unwrap();
            let name = String::from_utf8_lossy(name).into_owned();
            let file = files.lock().unwrap().get(&name).cloned();
            let transfer = UdpSocket::bind("127.0.0.1:0").unwrap();
            transfer.connect(from).unwrap();
            transfer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            std::thread::spawn(move || send(&transfer, file));
        }
    });
    server
}

fn send(transfer: &UdpSocket, file: Option<Vec<u8>>) {
    let Some(file) = file else {
        transfer.send(b"\0\x05\0\x01no such file\0").unwrap();
        return;
    };
    for block in 0..=file.len() / 512 {
        let number = u16::try_from(block + 1).unwrap().to_be_bytes();
        let data = &file[block * 512..file.len().min(block * 512 + 512)];
        transfer.send(&[&[0, 3], &number[..], data].concat()).unwrap();
        let mut acknowledged = [0; 16];
        while transfer.recv(&mut acknowledged).is_ok_and(|_| acknowledged[2..4] != number) {}
    }
}

/// The files of a generation whose rule puts a prefix before seven digits.
fn published(prefix_of_seven: &str, generation: u64) -> BTreeMap<String, Vec<u8>> {
    let mut script = Script::default();
    script.publish_as(generation, &prefix(prefix_of_seven), b"<DialRules/>");
    script.files
}

#[test]
fn rules_are_fetched_by_tftp() {
    let files = Files::new(Mutex::new(published("1", 1)));
    let mut settings = quick_settings(vec![serve(&files)]);
    settings.poll_interval = Duration::from_millis(50);
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Poll);
    *files.lock().unwrap() = published("2", 2);
    wait_for_prefix(&core, "2");
    // an old generation, an empty file and a missing manifest
    *files.lock().unwrap() = published("3", 1);
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(rejection.reason().word(), "older");
    *files.lock().unwrap() = published("3", 3);
    files.lock().unwrap().insert("CUPC/AppDialRules.xml".into(), Vec::new());
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(rejection.reason().word(), "not-verified");
    files.lock().unwrap().clear();
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(rejection.reason().word(), "bad-manifest");
    assert_eq!(dial(&core, "5551212"), "25551212");
}

#[test]
fn tftp_server_is_asked_after_an_http_server_without_rules() {
    let http = ScriptedServer::new();
    let files = Files::new(Mutex::new(published("1", 1)));
    let core = Core::open(quick_settings(vec![http.address(), serve(&files)])).unwrap();
    wait_for_prefix(&core, "1");
    assert!(core.handle().status().server.starts_with("tftp://"));
    http.script().publish_as(2, &prefix("2"), b"<DialRules/>");
    wait_for_prefix(&core, "2");
    assert!(core.handle().status().server.starts_with("http://"));
}
