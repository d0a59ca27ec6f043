//! The limit of the machine: a server that answers as fast as the kernel lets it, because it does
//! nothing else. It has no transfers, limits, views, metrics and log, and repeats nothing.
//!
//! ```text
//! echo tftp ADDRESS CONTENT    answers each packet with the block that follows, in 512 bytes
//! echo http ADDRESS CONTENT    answers each request with the whole file, on two threads
//! ```
//!
//! `CONTENT` is the file. It serves until it is killed.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program reads its arguments and opens sockets"
)]

use std::collections::HashMap;
use std::io::{Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const USAGE: &str = "usage: echo tftp|http ADDRESS CONTENT";

/// The block size without an option, see RFC 1350.
const BLOCK: usize = 512;

/// Receive buffer of the TFTP socket in bytes, as adrc asks for.
const RECEIVE_BUFFER: usize = 4 << 20;

/// Threads that answer HTTP, each with connections of its own.
const HTTP_THREADS: usize = 2;

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [protocol, address, content] = words.as_slice() else {
        return Err(Error::other(USAGE));
    };
    let address: SocketAddr = address.parse().map_err(Error::other)?;
    let content = std::fs::read(content)?;
    match protocol.as_str() {
        "tftp" => tftp(address, &content),
        "http" => http(address, &content),
        _ => Err(Error::other(USAGE)),
    }
}

/// Answers a request with block 1 and an acknowledgement with the next block, from one socket.
fn tftp(address: SocketAddr, content: &[u8]) -> Result<(), Error> {
    let socket = UdpSocket::bind(address)?;
    rustix::net::sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER)?;
    let mut packet = [0; BLOCK + 4];
    loop {
        let (length, client) = socket.recv_from(&mut packet)?;
        let before = match packet[..length] {
            [0, 1, ..] => 0,
            [0, 4, high, low] => u16::from_be_bytes([high, low]),
            _ => continue,
        };
        let start = usize::from(before) * BLOCK;
        let Some(rest) = content.get(start..) else {
            continue;
        };
        let block = &rest[..rest.len().min(BLOCK)];
        let mut answer = vec![0, 3];
        answer.extend_from_slice(&(before + 1).to_be_bytes());
        answer.extend_from_slice(block);
        socket.send_to(&answer, client)?;
    }
}

fn http(address: SocketAddr, content: &[u8]) -> Result<(), Error> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", content.len());
    let answer = [head.as_bytes(), content].concat();
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..HTTP_THREADS)
            .map(|_| {
                let listener = listener.try_clone()?;
                Ok(scope.spawn(|| http_thread(TcpListener::from_std(listener), &answer)))
            })
            .collect::<Result<_, Error>>()?;
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err(Error::other("a thread panicked")))
        })
    })
}

/// Accepts connections, and answers each request on them.
fn http_thread(mut listener: TcpListener, answer: &[u8]) -> Result<(), Error> {
    const LISTENER: Token = Token(0);
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1024));
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut streams: HashMap<Token, TcpStream> = HashMap::new();
    let mut last = LISTENER;
    loop {
        poll.poll(&mut events, Some(Duration::from_secs(1)))?;
        for event in &events {
            if event.token() == LISTENER {
                while let Some(mut stream) = unless_blocked(listener.accept())? {
                    last = Token(last.0 + 1);
                    stream.0.set_nodelay(true)?;
                    poll.registry().register(&mut stream.0, last, Interest::READABLE)?;
                    streams.insert(last, stream.0);
                }
            } else if let Some(stream) = streams.get_mut(&event.token())
                && !answer_requests(stream, answer)
            {
                streams.remove(&event.token());
            }
        }
    }
}

/// Answers what has arrived, one request per read: the load sends the next one after the answer.
/// Returns whether the connection lives.
fn answer_requests(stream: &mut TcpStream, answer: &[u8]) -> bool {
    let mut request = [0; 4096];
    match unless_blocked(stream.read(&mut request)) {
        Ok(Some(0)) | Err(_) => false,
        Ok(Some(_)) => stream.write_all(answer).is_ok(),
        Ok(None) => true,
    }
}

fn unless_blocked<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
