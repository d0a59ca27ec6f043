//! Fetching by TFTP, from a server of the plainest kind: blocks of 512 bytes and no options.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adr_client::core::Core;
use adr_client::server::Server;

use crate::scripted::{Script, Scripted, dial, dials, eventually, prefix, quick};

type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Serves files until the process ends; gives its address.
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

fn published(prefix_of_seven: &str, generation: u64) -> BTreeMap<String, Vec<u8>> {
    let mut script = Script::default();
    script.publish_as(generation, &prefix(prefix_of_seven), b"<DialRules/>");
    script.files
}

#[test]
fn rules_come_by_tftp() {
    let files = Files::new(Mutex::new(published("1", 1)));
    let mut settings = quick(vec![serve(&files)]);
    settings.poll = Duration::from_millis(50);
    let core = Core::open(settings).unwrap();
    dials(&core, "1");
    eventually("polls", || core.handle().status().way == "poll");
    *files.lock().unwrap() = published("2", 2);
    dials(&core, "2");
    // an old generation, an empty file and no manifest at all
    *files.lock().unwrap() = published("3", 1);
    let refused = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(refused.reason.word(), "older");
    *files.lock().unwrap() = published("3", 3);
    files.lock().unwrap().insert("CUPC/AppDialRules.xml".into(), Vec::new());
    let refused = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(refused.reason.word(), "not-verified");
    files.lock().unwrap().clear();
    let refused = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(refused.reason.word(), "bad-manifest");
    assert_eq!(dial(&core, "5551212"), "25551212");
}

#[test]
fn tftp_stands_in_for_http() {
    let http = Scripted::new();
    let files = Files::new(Mutex::new(published("1", 1)));
    let core = Core::open(quick(vec![http.server(), serve(&files)])).unwrap();
    dials(&core, "1");
    assert!(core.handle().status().server.starts_with("tftp://"));
    http.script().publish_as(2, &prefix("2"), b"<DialRules/>");
    dials(&core, "2");
    assert!(core.handle().status().server.starts_with("http://"));
}
