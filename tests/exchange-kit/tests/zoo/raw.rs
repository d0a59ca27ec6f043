//! Servers that are not web servers, as curl and openssl see them.

use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use adr_exchange_kit::{
    Behavior, FullBacklog, Legacy, OpensslServer, RawServer, Specimen, closed_port,
};
use adr_kit::needs;

/// The exit status of curl, which waits two seconds at most.
fn curl(address: SocketAddr) -> Option<i32> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--insecure", "--max-time", "2"]).arg(format!("https://{address}/"));
    curl.stdout(Stdio::null()).status().unwrap().code()
}

/// Exit statuses of curl.
const REFUSED: i32 = 7;
const TIMED_OUT: i32 = 28;
const NO_HANDSHAKE: i32 = 35;

#[test]
fn curl_fails_at_every_behavior() {
    needs!("curl");
    assert_eq!(curl(closed_port()), Some(REFUSED));
    for behavior in
        [Behavior::Silent, Behavior::HalfRecord, Behavior::Drip(Duration::from_millis(50))]
    {
        let server = RawServer::start(behavior.clone());
        assert_eq!(curl(server.address), Some(TIMED_OUT), "{behavior:?}");
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
        assert_eq!(curl(server.address), Some(NO_HANDSHAKE), "{behavior:?}");
    }
}

#[test]
fn full_backlog_opens_no_connection() {
    let Some(port) = FullBacklog::open() else { return };
    let wait = Duration::from_millis(300);
    let error = TcpStream::connect_timeout(&port.address, wait).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
}

/// What openssl reports of a connection to an old server, within a second.
fn s_client(address: SocketAddr, option: &str) -> String {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-msg", "-showcerts", "-cipher", "ALL:@SECLEVEL=0", option]);
    // an old server does not know how to renegotiate safely
    openssl.args(["-legacy_server_connect", "-connect", &address.to_string()]);
    openssl.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = openssl.spawn().unwrap();
    // the scripted server says nothing behind its certificates, and openssl waits
    std::thread::sleep(Duration::from_secs(1));
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn openssl_reads_the_certificates_of_old_servers() {
    needs!("openssl");
    let identity = Specimen::Rsa2048.identity("owa.apps.local").unwrap();
    for (version, option) in [(Legacy::Tls10, "-tls1"), (Legacy::Tls11, "-tls1_1")] {
        let server = RawServer::start(Behavior::Old(version, Box::new(identity.clone())));
        let text = s_client(server.address, option);
        // openssl took hello and certificates, and goes on with its own messages
        for message in
            ["ServerHello\n", "Certificate\n", "ServerHelloDone\n", "ClientKeyExchange\n"]
        {
            assert!(text.contains(message), "{version:?}, {message}: {text}");
        }
        let server = OpensslServer::start(&identity, &[option]).unwrap();
        let text = s_client(server.address, option);
        assert!(text.contains("CN = owa.apps.local"), "{option}: {text}");
    }
}
