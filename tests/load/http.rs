//! HTTP connections that are kept: each asks again when the answer is here.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::{Expected, Figures, allow_sockets};

/// Connections that ask for one path, over and over.
#[derive(Clone, Debug)]
pub struct Requests {
    /// Where they ask.
    pub server: SocketAddr,
    /// What they ask for, from `/`.
    pub path: String,
    /// What may come.
    pub expected: Expected,
    /// How many connections there are.
    pub connections: usize,
    /// How long they go on.
    pub time: Duration,
}

impl Requests {
    /// Asks, and waits for the end.
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
            connection.ask(&request)?;
        }
        let mut events = Events::with_capacity(1024);
        while began.elapsed() < self.time && !connections.is_empty() {
            poll.poll(&mut events, Some(Duration::from_millis(20)))?;
            for event in &events {
                let connection = &mut connections[event.token().0];
                if let Err(why) = connection.turn(&request, &self.expected, &mut figures) {
                    figures.count_failed(why);
                    *connection = Connection::open(self.server, &poll, event.token().0)?;
                    connection.ask(&request)?;
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
    asked: Instant,
}

impl Connection {
    fn open(server: SocketAddr, poll: &Poll, at: usize) -> io::Result<Self> {
        let stream = std::net::TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(at), Interest::READABLE)?;
        Ok(Self { stream, answer: Vec::with_capacity(4096), asked: Instant::now() })
    }

    fn ask(&mut self, request: &[u8]) -> io::Result<()> {
        self.answer.clear();
        self.asked = Instant::now();
        // a request is far smaller than the buffer of a connection that has nothing else in it
        self.stream.write_all(request)
    }

    /// Reads what is there; a whole answer is counted, and the next request goes out.
    fn turn(
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
                let content = content.ok_or("a body of no content, or of several")?;
                figures.count(content, self.asked.elapsed());
                self.ask(request).map_err(|error| error.kind().to_string())?;
            }
        }
    }
}

/// The body, once it is here as a whole.
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
