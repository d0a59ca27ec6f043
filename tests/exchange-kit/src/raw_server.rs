//! Servers that are not web servers: they are silent, speak something else, or speak old versions.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::identity::Identity;
use crate::records::{Legacy, alert, endless_handshake, server_hello};

/// Time between two looks whether the test is over.
const TICK: Duration = Duration::from_millis(20);

/// Bytes of a request that a server reads, at most, before it goes on.
const HELLO: usize = 64 * 1024;

/// What a server does with every connection.
#[derive(Clone, Debug)]
pub enum Behavior {
    /// Accepts, and says nothing, ever.
    Silent,
    /// Accepts, and closes at once.
    CloseAtAccept,
    /// Reads the hello of the client, and closes.
    CloseAtHello,
    /// Sends an alert of TLS with this number, such as 40 (`handshake_failure`), when a hello came.
    Alert(u8),
    /// Sends the first half of a record of TLS, and then nothing.
    HalfRecord,
    /// Sends these bytes when the client has said something, and closes.
    Answer(Vec<u8>),
    /// Sends these bytes at once, as SSH does, and keeps the connection open.
    Banner(Vec<u8>),
    /// Answers every hello by a hello of an old version with the certificates, in the clear, and
    /// then says nothing.
    Old(Legacy, Box<Identity>),
    /// A valid record of TLS, one byte of it in each of these times.
    Drip(Duration),
    /// Messages of a handshake without an end.
    EndlessHandshake,
}

impl Behavior {
    /// A web server without TLS.
    #[must_use]
    pub fn plain_http() -> Self {
        let page = "HTTP/1.1 400 Bad Request\r\nServer: Microsoft-IIS/10.0\r\n\
                    Content-Type: text/html\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        Self::Answer(page.as_bytes().to_vec())
    }

    /// A server of SSH.
    #[must_use]
    pub fn ssh() -> Self {
        Self::Banner(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".to_vec())
    }

    /// Bytes of no known protocol.
    #[must_use]
    pub fn garbage() -> Self {
        let bytes = (0..4096_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0] | 0x80);
        Self::Answer(bytes.collect())
    }
}

/// A server on a free port of 127.0.0.1 that stops when dropped.
#[derive(Debug)]
pub struct RawServer {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    is_over: AtomicBool,
    connections: AtomicUsize,
}

impl RawServer {
    /// Starts a server.
    #[must_use]
    pub fn start(behavior: Behavior) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<State>::default();
        let server = Self { address, state: Arc::clone(&state) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if state.is_over.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                state.connections.fetch_add(1, Ordering::Relaxed);
                let (behavior, state) = (behavior.clone(), Arc::clone(&state));
                thread::spawn(move || Connection { stream, state }.run(&behavior));
            }
        });
        server
    }

    /// The number of connections so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Relaxed);
        // ends the wait for the next connection
        let _ = TcpStream::connect(self.address);
    }
}

/// An address of 127.0.0.1 whose port is closed.
#[must_use]
pub fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

struct Connection {
    stream: TcpStream,
    state: Arc<State>,
}

impl Connection {
    fn run(mut self, behavior: &Behavior) {
        self.stream.set_read_timeout(Some(TICK)).unwrap();
        self.stream.set_write_timeout(Some(TICK)).unwrap();
        let _ = self.stream.set_nodelay(true);
        match behavior {
            Behavior::CloseAtAccept => return,
            Behavior::Silent => {}
            Behavior::Banner(bytes) => self.send(bytes),
            Behavior::CloseAtHello => return self.read_hello(),
            Behavior::Answer(bytes) => {
                self.read_hello();
                return self.send(bytes);
            }
            Behavior::Alert(number) => {
                self.read_hello();
                return self.send(&alert(*number));
            }
            Behavior::HalfRecord => {
                self.read_hello();
                let record = endless_handshake();
                self.send(&record[..record.len() / 2]);
            }
            Behavior::Old(version, identity) => {
                self.read_hello();
                self.send(&server_hello(*version, &identity.sent));
            }
            Behavior::Drip(pause) => {
                self.read_hello();
                self.drip(*pause);
            }
            Behavior::EndlessHandshake => {
                self.read_hello();
                let record = endless_handshake();
                while self.is_wanted() && self.stream.write_all(&record).is_ok() {}
            }
        }
        self.wait_for_the_end();
    }

    fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    fn drip(&mut self, pause: Duration) {
        for byte in endless_handshake() {
            if !self.is_wanted() || self.stream.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(pause);
        }
    }

    /// Reads until the client has said something and waits.
    fn read_hello(&mut self) {
        let mut buffer = vec![0; HELLO];
        while self.is_wanted() {
            match self.stream.read(&mut buffer) {
                Err(error) if is_tick(&error) => {}
                _ => return,
            }
        }
    }

    /// Reads and drops until the client closes or the test is over.
    fn wait_for_the_end(&mut self) {
        let mut buffer = vec![0; HELLO];
        while self.is_wanted() {
            match self.stream.read(&mut buffer) {
                Ok(0) => return,
                Err(error) if !is_tick(&error) => return,
                _ => {}
            }
        }
    }

    fn is_wanted(&self) -> bool {
        !self.state.is_over.load(Ordering::Relaxed)
    }
}

fn is_tick(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock)
}
