//! HTTP connections that stay open: each sends its next request after an answer.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::{End, Expected, Figures, allow_sockets};

/// Connections that request one path repeatedly.
#[derive(Clone, Debug)]
pub struct Requests {
    /// Address of the server.
    pub server: SocketAddr,
    /// Path of the requests, with the leading `/`.
    pub path: String,
    /// Allowed contents.
    pub expected: Expected,
    /// Number of connections.
    pub connections: usize,
    /// When the load ends.
    pub end: End,
}

impl Requests {
    /// Runs the load.
    ///
    /// # Errors
    ///
    /// The operating system refuses sockets, or the server a connection.
    pub fn run(&self) -> io::Result<Figures> {
        allow_sockets(self.connections).map_err(io::Error::other)?;
        let mut poll = Poll::new()?;
        let mut connections = Vec::with_capacity(self.connections);
        for at in 0..self.connections {
            connections.push(Connection::open(self.server, &poll, at)?);
        }
        let request = self.request();
        let mut figures = Figures::default();
        let began = Instant::now();
        for connection in &mut connections {
            connection.send(&request)?;
        }
        let mut events = Events::with_capacity(1024);
        while self.end.since(began).is_none() && !connections.is_empty() {
            poll.poll(&mut events, Some(Duration::from_millis(20)))?;
            for event in &events {
                let connection = &mut connections[event.token().0];
                if let Err(why) = connection.receive(&request, &self.expected, &mut figures) {
                    figures.count_failed(why);
                    *connection = Connection::open(self.server, &poll, event.token().0)?;
                    connection.send(&request)?;
                }
            }
        }
        figures.end(began.elapsed());
        Ok(figures)
    }

    fn request(&self) -> Vec<u8> {
        format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.path, self.server).into_bytes()
    }
}

struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
    sent: Instant,
}

impl Connection {
    fn open(server: SocketAddr, poll: &Poll, at: usize) -> io::Result<Self> {
        let stream = std::net::TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(at), Interest::READABLE)?;
        Ok(Self { stream, answer: Vec::with_capacity(4096), sent: Instant::now() })
    }

    fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.answer.clear();
        self.sent = Instant::now();
        // a request always fits into the empty send buffer of the connection
        self.stream.write_all(request)
    }

    /// Reads the available bytes. Counts an answer that is complete, and sends the next request.
    fn receive(
        &mut self,
        request: &[u8],
        expected: &Expected,
        figures: &mut Figures,
    ) -> Result<(), String> {
        let mut block = [0_u8; 16 << 10];
        loop {
            match self.stream.read(&mut block) {
                Ok(0) => return Err("closed".to_owned()),
                Ok(size) => self.answer.extend_from_slice(&block[..size]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.kind().to_string()),
            }
            if let Some(body) = body(&self.answer)? {
                let content = expected.iter().position(|content| content == body);
                let content = content.ok_or("a body of no expected content")?;
                figures.count(content, self.sent.elapsed());
                self.send(request).map_err(|error| error.kind().to_string())?;
            }
        }
    }
}

/// The body of an answer; `None` while it is incomplete.
fn body(answer: &[u8]) -> Result<Option<&[u8]>, String> {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200 ") {
        return Err(head.lines().next().unwrap_or_default().to_owned());
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse::<usize>().ok())
        .ok_or("an answer without a length")?;
    Ok(answer.get(end + 4..end + 4 + length))
}
