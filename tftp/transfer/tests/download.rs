//! Downloads from scripted servers on loopback.
#![allow(
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests open sockets; a failure there fails the test"
)]

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use adr_transfer::{Download, ReceiveError, ReceiveOptions, fetch};

/// Starts a server that answers each received packet with the next one of a script, from another
/// port than the one that received the request.
fn server(script: Vec<Vec<u8>>) -> SocketAddr {
    let asked = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = asked.local_addr().unwrap();
    let answering = UdpSocket::bind("127.0.0.1:0").unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 2_000];
        let (_, mut client) = asked.recv_from(&mut buffer).unwrap();
        for packet in script {
            answering.send_to(&packet, client).unwrap();
            let is_error = packet[1] == 5;
            let socket = if is_error { &asked } else { &answering };
            client = socket.recv_from(&mut buffer).unwrap().1;
        }
    });
    address
}

fn data(block: u8, bytes: &[u8]) -> Vec<u8> {
    [&[0, 3, 0, block][..], bytes].concat()
}

#[tokio::test]
async fn file_is_downloaded_in_pieces() {
    let address = server(vec![
        b"\0\x06blksize\x008\0tsize\x0012\0".to_vec(),
        data(1, b"12345678"),
        data(2, b"9abc"),
    ]);
    let options = ReceiveOptions { window_size: None, ..ReceiveOptions::default() };
    let mut download = Download::begin(address, "file", &options).await.unwrap();
    assert_eq!(download.size(), Some(12));
    assert_eq!(download.next().await.unwrap().unwrap(), b"12345678");
    assert_eq!(download.next().await.unwrap().unwrap(), b"9abc");
    assert_eq!(download.next().await.unwrap(), None);
}

#[tokio::test]
async fn request_is_repeated_without_options_after_a_refusal() {
    let address = server(vec![b"\0\x05\0\x08no\0".to_vec(), data(1, b"plain")]);
    assert_eq!(fetch(address, "file", &ReceiveOptions::default()).await.unwrap(), b"plain");
}

#[tokio::test]
async fn empty_file_is_downloaded() {
    let address = server(vec![data(1, b"")]);
    assert_eq!(fetch(address, "file", &ReceiveOptions::default()).await.unwrap(), b"");
}

#[tokio::test]
async fn missing_file_is_reported_as_missing() {
    let address = server(vec![b"\0\x05\0\x01File not found\0".to_vec()]);
    assert!(fetch(address, "file", &ReceiveOptions::default()).await.unwrap_err().is_missing());
}

#[tokio::test]
async fn silent_server_times_out() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let options = ReceiveOptions {
        timeout: Duration::from_millis(10),
        retries: 3,
        ..ReceiveOptions::default()
    };
    let failure = fetch(silent.local_addr().unwrap(), "file", &options).await.unwrap_err();
    assert!(matches!(failure, ReceiveError::Silent), "{failure:?}");
    silent.set_nonblocking(true).unwrap();
    let asked = std::iter::from_fn(|| silent.recv_from(&mut [0; 100]).ok()).count();
    assert_eq!(asked, 4);
}
