//! A driver for [`Receiving`]: a socket and a clock.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use crate::error::ReceiveError;
use crate::options::ReceiveOptions;
use crate::packet::ErrorCode;
use crate::receiving::Receiving;
use crate::reply::Reply;

/// Size of the receive buffer: the largest UDP packet.
const MAX_PACKET_BYTES: usize = 65_536;

/// A file received in pieces. The server waits between two calls of [`Download::next`].
#[derive(Debug)]
pub struct Download {
    socket: UdpSocket,
    receiving: Receiving,
    options: ReceiveOptions,
    buffer: Vec<u8>,
    /// The piece that arrived with the server's first packet.
    first: Option<Vec<u8>>,
    is_done: bool,
}

impl Download {
    /// Sends a read request and waits for the first answer. If the server rejects the options, the
    /// request is repeated without them.
    ///
    /// # Errors
    ///
    /// See [`ReceiveError`].
    pub async fn begin(
        server: SocketAddr,
        name: &str,
        options: &ReceiveOptions,
    ) -> Result<Self, ReceiveError> {
        match Self::request(server, name, options.clone()).await {
            Err(ReceiveError::Refused { code, .. }) if code == ErrorCode::OPTIONS => {
                Self::request(server, name, options.without_extensions()).await
            }
            download => download,
        }
    }

    async fn request(
        server: SocketAddr,
        name: &str,
        options: ReceiveOptions,
    ) -> Result<Self, ReceiveError> {
        let any: SocketAddr = match server {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).await?;
        let receiving = Receiving::new(server, name, options.clone());
        socket.send_to(receiving.request(), server).await?;
        let mut download = Self {
            socket,
            receiving,
            options,
            buffer: vec![0; MAX_PACKET_BYTES],
            first: None,
            is_done: false,
        };
        while !download.receiving.has_begun() {
            download.first =
                download.receive().await?.map(|count| download.buffer[4..count].to_vec());
        }
        Ok(download)
    }

    /// The size of the file in bytes, if the server announced it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.receiving.size()
    }

    /// The next piece, never empty; `None` when the file is complete.
    ///
    /// # Errors
    ///
    /// See [`ReceiveError`].
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ReceiveError> {
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

    /// Waits for one packet or for the timeout, and answers it. Returns the length of the packet if
    /// it held the next block.
    async fn receive(&mut self) -> Result<Option<usize>, ReceiveError> {
        let end = Instant::now() + self.options.timeout;
        let (received, had_begun) = (self.receiving.received(), self.receiving.has_begun());
        loop {
            let Ok(packet) = timeout_at(end, self.socket.recv_from(&mut self.buffer)).await else {
                let reply = self.receiving.time_out()?;
                self.send(&reply).await?;
                return Ok(None);
            };
            let (count, from) = packet?;
            let step = match self.receiving.packet(from, &self.buffer[..count]) {
                Ok(step) => step,
                Err(error) => {
                    if let Some(reply) = error.reply() {
                        self.send(reply).await?;
                    }
                    return Err(error);
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
            // The options are confirmed. Packets of other senders and repeated packets must not
            // prolong the wait.
            if !had_begun && self.receiving.has_begun() {
                return Ok(None);
            }
        }
    }

    async fn send(&self, reply: &Reply) -> Result<(), ReceiveError> {
        self.socket.send_to(&reply.bytes, reply.to).await?;
        Ok(())
    }
}

/// Receives a whole file of at most [`ReceiveOptions::max_bytes`].
///
/// # Errors
///
/// See [`ReceiveError`].
pub async fn fetch(
    server: SocketAddr,
    name: &str,
    options: &ReceiveOptions,
) -> Result<Vec<u8>, ReceiveError> {
    let mut download = Download::begin(server, name, options).await?;
    let mut file = Vec::new();
    while let Some(piece) = download.next().await? {
        file.extend(piece);
    }
    Ok(file)
}
