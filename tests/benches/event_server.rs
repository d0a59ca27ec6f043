//! A minimal event server, with which `adrc serve` is compared: one loop that writes the same event
//! to every socket.
//!
//! `event_server BYTES` prints its address; `tests/benches/scale` runs it. Each line of its
//! standard input is a generation. For each generation it writes the event that `adrc serve` would
//! send with BYTES bytes of files to all clients, one after the other. It ends at the end of its
//! input.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a benchmark opens sockets and prints"
)]

use std::io::{Error, Read, Write, stdin};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{Sender, channel};

use adr_protocol::{Announcement, State};
use rustix::net::{AddressFamily, SocketType, bind, listen, socket};

const HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

fn main() -> Result<(), Error> {
    let bytes = std::env::args().nth(1).unwrap_or_default();
    let bytes = bytes.parse().map_err(Error::other)?;
    adr_tests::load::allow_sockets(12_000).map_err(Error::other)?;
    // the standard library would limit the queue of connections to 128
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    listen(&socket, 4_096)?;
    let listener = std::net::TcpListener::from(socket);
    println!("{}", listener.local_addr()?);
    let (sender, accepted) = channel();
    std::thread::spawn(move || {
        let streams = listener.incoming().map_while(Result::ok);
        streams.for_each(|stream| drop(accept(stream, &sender)));
    });
    let mut streams: Vec<TcpStream> = Vec::new();
    for line in stdin().lines() {
        let event = event(line?.trim().parse().map_err(Error::other)?, bytes);
        streams.extend(accepted.try_iter());
        for stream in &mut streams {
            stream.write_all(event.as_bytes())?;
        }
    }
    Ok(())
}

/// Reads the request and sends the current generation.
fn accept(mut stream: TcpStream, sender: &Sender<TcpStream>) -> Result<(), Error> {
    let mut request = [0; 1024];
    let _ = stream.read(&mut request)?;
    stream.set_nodelay(true)?;
    stream.write_all(format!("{HEAD}{}", event(1, 0)).as_bytes())?;
    sender.send(stream).map_err(Error::other)
}

/// One event as an HTTP chunk, with `bytes` bytes of files as JSON.
fn event(generation: u64, bytes: usize) -> String {
    let state = State { generation, sha256: "0".repeat(64), window: 0 };
    let mut announcement = Announcement::from(state);
    if let Some(rest) = bytes.checked_sub(r#","files":{"":""}"#.len()) {
        announcement.files.insert(String::new(), " ".repeat(rest));
    }
    let event = announcement.to_event();
    format!("{:X}\r\n{event}\r\n", event.len())
}
