//! A port that answers nothing, as behind a firewall that drops packets.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Connections that are tried until one waits.
const ATTEMPTS: usize = 64;

/// How long a connection to a free port takes at most.
const WAIT: Duration = Duration::from_millis(200);

/// A port of 127.0.0.1 whose queue is full: a connection to it waits, and never opens.
#[derive(Debug)]
pub struct FullBacklog {
    /// The port.
    pub address: SocketAddr,
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
}

impl FullBacklog {
    /// Opens a port and fills its queue. `None` if this system takes connections without an end.
    #[must_use]
    pub fn open() -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // a second call changes the length of the queue
        #[cfg(unix)]
        rustix::net::listen(&listener, 0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        for _ in 0..ATTEMPTS {
            match TcpStream::connect_timeout(&address, WAIT) {
                Ok(stream) => queued.push(stream),
                Err(_) => return Some(Self { address, _listener: listener, _queued: queued }),
            }
        }
        None
    }
}
