//! Servers that are not web servers, as curl and openssl see them.

use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use adr_exchange_kit::{
    Behavior, FullBacklog, Legacy, OpensslServer, RawServer, Specimen, closed_port,
};
use adr_kit::needs;
use adr_kit::process::KillOnDrop;
use adr_kit::wait::{TIMEOUT, wait_until};

/// The exit status of curl, which waits so many seconds at most.
fn curl(address: SocketAddr, seconds: &str) -> Option<i32> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--insecure", "--max-time", seconds]);
    curl.arg(format!("https://{address}/")).stdout(Stdio::null()).status().unwrap().code()
}

/// How long curl waits for a server that is silent on purpose, and for one that answers.
const SILENT: &str = "3";
const ANSWERS: &str = "120";

/// Exit statuses of curl.
const REFUSED: i32 = 7;
const TIMED_OUT: i32 = 28;
const NO_HANDSHAKE: i32 = 35;

#[test]
fn curl_fails_at_every_behavior() {
    needs!("curl");
    assert_eq!(curl(closed_port(), ANSWERS), Some(REFUSED));
    for behavior in
        [Behavior::Silent, Behavior::HalfRecord, Behavior::Drip(Duration::from_millis(50))]
    {
        let server = RawServer::start(behavior.clone());
        assert_eq!(curl(server.address, SILENT), Some(TIMED_OUT), "{behavior:?}");
        wait_until("the server has accepted the connection", || server.connections() > 0);
        assert_eq!(server.connections(), 1);
    }
    for behavior in [
        Behavior::CloseAtAccept,
        Behavior::CloseAtHello,
        Behavior::Alert(40),
        Behavior::plain_http(),
        Behavior::ssh(),
        Behavior::garbage(),
        Behavior::EndlessHandshake,
    ] {
        let server = RawServer::start(behavior.clone());
        assert_eq!(curl(server.address, ANSWERS), Some(NO_HANDSHAKE), "{behavior:?}");
    }
}

#[test]
fn full_backlog_opens_no_connection() {
    let Some(port) = FullBacklog::open() else { return };
    let wait = Duration::from_millis(300);
    let error = TcpStream::connect_timeout(&port.address, wait).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
}

/// What openssl reports of a connection to an old server, up to a text and what came along with it.
fn s_client(address: SocketAddr, option: &str, last: &str) -> String {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-msg", "-showcerts", "-cipher", "ALL:@SECLEVEL=0", option]);
    // an old server does not know how to renegotiate safely
    openssl.args(["-legacy_server_connect", "-connect", &address.to_string()]);
    openssl.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = KillOnDrop::start(&mut openssl);
    let mut output = child.0.stdout.take().unwrap();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = output.read(&mut part) {
            let _ = sender.send(part[..length].to_vec());
        }
    });
    // the scripted server says nothing behind its certificates, and openssl waits
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains(last)
        && let Ok(part) = receiver.recv_timeout(TIMEOUT)
    {
        text.extend(part);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn openssl_reads_the_certificates_of_old_servers() {
    needs!("openssl");
    let identity = Specimen::Rsa2048.identity("owa.apps.local").unwrap();
    for (version, option) in [(Legacy::Tls10, "-tls1"), (Legacy::Tls11, "-tls1_1")] {
        let server = RawServer::start(Behavior::Old(version, Box::new(identity.clone())));
        let text = s_client(server.address, option, "ClientKeyExchange\n");
        // openssl took hello and certificates, and goes on with its own messages
        for message in
            ["ServerHello\n", "Certificate\n", "ServerHelloDone\n", "ClientKeyExchange\n"]
        {
            assert!(text.contains(message), "{version:?}, {message}: {text}");
        }
        let server = OpensslServer::start(&identity, &[option]).unwrap();
        let text = s_client(server.address, option, "CN = owa.apps.local");
        assert!(text.contains("CN = owa.apps.local"), "{option}: {text}");
    }
}
