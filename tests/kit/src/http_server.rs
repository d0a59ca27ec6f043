//! An HTTP server whose answers a test writes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// A request, as a client sent it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Method, such as `GET`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header lines: name in lower case, and value.
    pub headers: Vec<(String, String)>,
    /// Body, of the length that `content-length` gives.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header line; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Reads one request; `None` if the client closes the connection or sends something else.
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut request = Self { method, path, ..Self::default() };
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = request.header("content-length").map_or(Some(0), |text| text.parse().ok());
        request.body = vec![0; length?];
        reader.read_exact(&mut request.body).ok()?;
        Some(request)
    }
}

/// A connection on which one request came. It ends when this value is dropped.
#[derive(Debug)]
pub struct Connection {
    /// The socket, for answers that are not HTTP.
    pub stream: TcpStream,
    /// Bytes that the server has sent on all of its connections.
    pub sent: Arc<AtomicU64>,
}

impl Connection {
    /// Sends bytes; false if the client closed the connection.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.stream.write_all(bytes).is_ok()
    }

    /// Sends a whole response; the connection is not used again.
    pub fn respond(&mut self, status: u16, body: &[u8]) -> bool {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        self.send(head.as_bytes()) && self.send(body)
    }

    /// Sends a response of status 200 that promises `length` bytes, and these bytes of it.
    pub fn send_file(&mut self, length: u64, bytes: &[u8]) {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        self.send(head.as_bytes());
        self.send(bytes);
    }

    /// Sends a response of status 404 without a body.
    pub fn not_found(&mut self) {
        self.send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    }

    /// Makes the end of the connection a reset, by which unread bytes are lost.
    #[cfg(unix)]
    pub fn reset(&mut self) {
        let linger = Some(std::time::Duration::ZERO);
        rustix::net::sockopt::set_socket_linger(&self.stream, linger).unwrap();
    }
}

/// A server that runs until the process ends. It answers one request per connection.
#[derive(Clone, Debug)]
pub struct HttpServer {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    sent: Arc<AtomicU64>,
}

impl HttpServer {
    /// A server on a free port of 127.0.0.1; `answer` runs on its own thread for each request.
    #[must_use]
    pub fn new(answer: impl Fn(&Request, &mut Connection) + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), answer)
    }

    /// A server on this listener.
    #[must_use]
    pub fn on(
        listener: TcpListener,
        answer: impl Fn(&Request, &mut Connection) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let server = Self { address, requests: Arc::default(), sent: Arc::default() };
        let (requests, sent) = (Arc::clone(&server.requests), Arc::clone(&server.sent));
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (requests, sent) = (Arc::clone(&requests), Arc::clone(&sent));
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || {
                    let Some(request) = Request::read(&stream) else { return };
                    requests.fetch_add(1, Ordering::SeqCst);
                    answer(&request, &mut Connection { stream, sent });
                });
            }
        });
        server
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Number of requests so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Bytes sent so far on all connections.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// The address of a port on 127.0.0.1 on which nothing listens.
#[must_use]
pub fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
