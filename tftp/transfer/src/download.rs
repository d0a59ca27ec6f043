//! The driver: a socket and a clock for [`Receiving`].

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use crate::packet::ErrorCode;
use crate::receiving::{Failure, Receiving, Reply, Wish};

/// Room for the largest packet of UDP.
const PACKET_BYTES: usize = 65_536;

/// A file that comes piece by piece; the server waits while nobody asks for the next one.
#[derive(Debug)]
pub struct Download {
    socket: UdpSocket,
    receiving: Receiving,
    wish: Wish,
    buffer: Vec<u8>,
    /// The piece that came with the server's first answer.
    first: Option<Vec<u8>>,
    is_done: bool,
}

impl Download {
    /// Asks the server, and waits for its first answer. A server that refuses options is asked
    /// again without.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn begin(server: SocketAddr, name: &str, wish: &Wish) -> Result<Self, Failure> {
        match Self::ask(server, name, wish.clone()).await {
            Err(Failure::Refused { code, .. }) if code == ErrorCode::OPTIONS => {
                Self::ask(server, name, wish.plain()).await
            }
            asked => asked,
        }
    }

    async fn ask(server: SocketAddr, name: &str, wish: Wish) -> Result<Self, Failure> {
        let any: SocketAddr = match server {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).await.map_err(|error| broken(&error))?;
        let receiving = Receiving::new(server, name, wish.clone());
        socket.send_to(receiving.request(), server).await.map_err(|error| broken(&error))?;
        let mut download = Self {
            socket,
            receiving,
            wish,
            buffer: vec![0; PACKET_BYTES],
            first: None,
            is_done: false,
        };
        while !download.receiving.has_begun() {
            download.first =
                download.receive().await?.map(|count| download.buffer[4..count].to_vec());
        }
        Ok(download)
    }

    /// The size of the file, if the server told it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.receiving.size()
    }

    /// The next piece, never empty; `None` when the file is complete.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        if let Some(first) = self.first.take().filter(|first| !first.is_empty()) {
            return Ok(Some(first));
        }
        while !self.is_done {
            match self.receive().await? {
                Some(count) if count > 4 => return Ok(Some(self.buffer[4..count].to_vec())),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Waits for one packet, or for its time to be over, and does what follows. The length of the
    /// packet, when it brought the next block.
    async fn receive(&mut self) -> Result<Option<usize>, Failure> {
        let end = Instant::now() + self.wish.timeout;
        let (received, had_begun) = (self.receiving.received(), self.receiving.has_begun());
        loop {
            let Ok(came) = timeout_at(end, self.socket.recv_from(&mut self.buffer)).await else {
                let reply = self.receiving.time_out()?;
                self.send(&reply).await?;
                return Ok(None);
            };
            let (count, from) = came.map_err(|error| broken(&error))?;
            let step = match self.receiving.packet(from, &self.buffer[..count]) {
                Ok(step) => step,
                Err(failure) => {
                    if let Some(reply) = failure.reply() {
                        self.send(&reply.clone()).await?;
                    }
                    return Err(failure);
                }
            };
            self.is_done = step.is_done;
            let reply = step.reply;
            if let Some(reply) = &reply {
                self.send(reply).await?;
            }
            if self.is_done || self.receiving.received() > received {
                return Ok(Some(count));
            }
            // options were answered; a stranger or a repeated packet does not prolong the wait
            if !had_begun && self.receiving.has_begun() {
                return Ok(None);
            }
        }
    }

    async fn send(&self, reply: &Reply) -> Result<(), Failure> {
        let sent = self.socket.send_to(&reply.bytes, reply.to).await;
        sent.map(|_| ()).map_err(|error| broken(&error))
    }
}

/// A whole file in memory, at most [`Wish::most_bytes`] of it.
///
/// # Errors
///
/// See [`Failure`].
pub async fn fetch(server: SocketAddr, name: &str, wish: &Wish) -> Result<Vec<u8>, Failure> {
    let mut download = Download::begin(server, name, wish).await?;
    let mut file = Vec::new();
    while let Some(piece) = download.next().await? {
        file.extend(piece);
    }
    Ok(file)
}

fn broken(error: &io::Error) -> Failure {
    Failure::Socket(error.to_string())
}
