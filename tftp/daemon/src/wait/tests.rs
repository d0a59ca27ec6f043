//! Tests of waiting, with admin ports that answer, are silent, or are closed.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpListener;

use adr_protocol::{CLIENTS_VERSION, ClientState, Clients};

use super::fleet::tests::{answer, base, row};
use super::*;

/// Far below what a request to the port that drips would take without a timeout of the whole.
const SOON: Duration = Duration::from_secs(60);

/// An admin port that handles each connection like this, on a thread that ends with the tests.
fn port(handle: impl Fn(&mut std::net::TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            handle(&mut stream);
            open.push(stream);
        }
    });
    address
}

/// An admin port that answers with these sums and rows.
fn answering(clients: Clients) -> SocketAddr {
    let clients = Clients { format_version: CLIENTS_VERSION, ..clients };
    let body = serde_json::to_string(&clients).unwrap();
    port(move |stream| {
        let _ = stream.read(&mut [0; 4096]);
        let length = body.len();
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n");
        let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
    })
}

/// An admin port that accepts connections and says nothing.
fn silent() -> SocketAddr {
    port(|_| {})
}

/// An admin port that answers byte by byte, without an end.
fn dripping() -> SocketAddr {
    port(|stream| {
        let mut stream = stream.try_clone().unwrap();
        thread::spawn(move || {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            while stream.write_all(b" ").is_ok() {
                thread::sleep(Duration::from_millis(50));
            }
        });
    })
}

/// An address at which nobody listens.
fn closed() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The result of a short wait, and the lines.
fn waited(admins: Vec<SocketAddr>) -> (Result<Waited, Error>, Vec<String>) {
    let timeout = Duration::from_millis(300);
    let settings = Settings { timeout, admins, allows_none: false };
    let lines = RefCell::new(Vec::new());
    let waited =
        wait_for(|| Ok(base()), &settings, |line| lines.borrow_mut().push(line.to_owned()));
    (waited, lines.into_inner())
}

#[test]
fn server_without_an_answer_does_not_hide_who_is_missing() {
    let rows =
        vec![row("core-0001", ClientState::Current, 0), row("core-0002", ClientState::Behind, 0)];
    let up = answering(answer(1, rows).clients);
    for down in [closed(), silent()] {
        let (result, lines) = waited(vec![down, up]);
        assert_eq!(lines[0], "1 of 2 clients run generation 7");
        assert_eq!(lines[1..], ["  core-0002 (10.0.0.1): because of core-0002"]);
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with(&down.to_string()), "{error}");
    }
}

#[test]
fn every_server_that_is_down_is_named_and_its_cores_are_not_taken_for_done() {
    let current = vec![row("core-0001", ClientState::Current, 0)];
    let up = answering(answer(1, current).clients);
    let (result, lines) = waited(vec![up]);
    assert_eq!(result.unwrap(), Waited::Done, "{lines:?}");
    let down = [closed(), closed()];
    let (result, mut lines) = waited(vec![down[0], up, down[1]]);
    lines.push(result.unwrap_err().to_string());
    assert_eq!(lines.len(), 2, "{lines:?}");
    for address in down {
        let names = |line: &&String| line.starts_with(&address.to_string());
        assert_eq!(lines.iter().filter(names).count(), 1, "{lines:?}");
    }
}

#[test]
fn silent_server_does_not_prolong_the_wait() {
    for admin in [silent(), dripping()] {
        let began = Instant::now();
        let (result, lines) = waited(vec![admin]);
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        assert!(result.is_err() && lines.is_empty(), "{lines:?}");
    }
}
