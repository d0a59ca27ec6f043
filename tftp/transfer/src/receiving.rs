//! A transfer that receives a file, without sockets and clocks: packets and timeouts go in, packets
//! and bytes of the file come out.

use std::net::SocketAddr;

use crate::error::ReceiveError;
use crate::options::ReceiveOptions;
use crate::packet::{ErrorCode, Mode, Options, Packet, Request};
use crate::reply::Reply;

/// What follows from a received packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'p> {
    /// The next bytes of the file; may be empty.
    pub bytes: &'p [u8],
    /// A packet to send now.
    pub reply: Option<Reply>,
    /// Whether the file is complete.
    pub is_done: bool,
}

/// A transfer in progress.
///
/// Send [`Receiving::request`] to the server, pass every received packet to [`Receiving::packet`],
/// and call [`Receiving::time_out`] after [`ReceiveOptions::timeout`] without progress. Stop at the
/// first error.
///
/// ```
/// use adr_transfer::{ReceiveOptions, Receiving};
///
/// let server = "192.0.2.1:69".parse().unwrap();
/// let options = ReceiveOptions::default().without_extensions();
/// let mut receiving = Receiving::new(server, "AppDialRules.xml", options);
/// assert_eq!(receiving.request(), b"\0\x01AppDialRules.xml\0octet\0");
/// let from = "192.0.2.1:40000".parse().unwrap();
/// let step = receiving.packet(from, b"\0\x03\0\x01<DialRules/>")?;
/// assert_eq!(step.bytes, b"<DialRules/>");
/// assert_eq!(step.reply.unwrap().bytes, b"\0\x04\0\x01");
/// assert!(step.is_done);
/// # Ok::<(), adr_transfer::ReceiveError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Receiving {
    server: SocketAddr,
    options: ReceiveOptions,
    /// The packet to repeat after a timeout: the request, then the latest acknowledgement.
    last_sent: Vec<u8>,
    /// The server's address and port for this transfer, known from its first packet on.
    peer: Option<SocketAddr>,
    /// Negotiated bytes per block.
    block_size: usize,
    /// Negotiated blocks per acknowledgement.
    window_size: u64,
    /// Bytes of the file, if the server announced them.
    size: Option<u64>,
    /// Blocks received in order.
    blocks: u64,
    /// Blocks received since the latest acknowledgement.
    unacknowledged: u64,
    /// Bytes received.
    bytes: u64,
    /// Whether the current gap has been acknowledged to the server.
    gap_reported: bool,
    /// Timeouts since the latest progress.
    timeouts: u32,
    is_done: bool,
}

impl Receiving {
    /// A transfer of a file by its name.
    #[must_use]
    pub fn new(server: SocketAddr, name: &str, options: ReceiveOptions) -> Self {
        let request = Packet::Read(Request {
            name: name.as_bytes(),
            mode: Mode::Octet,
            options: options.negotiated(),
        });
        Self {
            server,
            last_sent: request.to_bytes(),
            options,
            peer: None,
            block_size: 512,
            window_size: 1,
            size: None,
            blocks: 0,
            unacknowledged: 0,
            bytes: 0,
            gap_reported: false,
            timeouts: 0,
            is_done: false,
        }
    }

    /// The read request, to be sent to the server.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        &self.last_sent
    }

    /// The size of the file in bytes, if the server announced it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The number of bytes received.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.bytes
    }

    /// Whether the server has answered.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.peer.is_some()
    }

    /// Processes a received packet. Packets of other senders, repeated packets and malformed ones
    /// change nothing.
    ///
    /// # Errors
    ///
    /// The server refuses, violates the protocol, or the file has another size than allowed or
    /// announced.
    pub fn packet<'p>(
        &mut self,
        from: SocketAddr,
        bytes: &'p [u8],
    ) -> Result<Step<'p>, ReceiveError> {
        if !self.is_peer(from) {
            return Ok(Self::foreign(from));
        }
        let Ok(packet) = Packet::parse(bytes) else {
            return Ok(Step::nothing());
        };
        match packet {
            Packet::Data { block, bytes } => {
                self.peer = Some(from);
                self.data(from, block, bytes)
            }
            Packet::OptionAck(options) => {
                self.peer = Some(from);
                self.confirmed(from, options)
            }
            Packet::Error { code, message } => {
                Err(ReceiveError::Refused { code, message: shown(message) })
            }
            Packet::Ack { .. } | Packet::Read(_) | Packet::Write(_) => Ok(Step::nothing()),
        }
    }

    /// Returns the packet to send again after [`ReceiveOptions::timeout`] without progress.
    ///
    /// # Errors
    ///
    /// [`ReceiveError::Silent`] after [`ReceiveOptions::retries`] repetitions.
    pub fn time_out(&mut self) -> Result<Reply, ReceiveError> {
        if self.timeouts == self.options.retries {
            return Err(ReceiveError::Silent);
        }
        self.timeouts += 1;
        self.gap_reported = false;
        Ok(Reply { to: self.peer.unwrap_or(self.server), bytes: self.last_sent.clone() })
    }

    /// The server chooses a port for the transfer with its first packet.
    fn is_peer(&self, from: SocketAddr) -> bool {
        match self.peer {
            Some(peer) => peer == from,
            None => self.server.ip().to_canonical() == from.ip().to_canonical(),
        }
    }

    /// Rejects a packet of another sender, as RFC 1350 requires.
    fn foreign(from: SocketAddr) -> Step<'static> {
        Step {
            reply: Some(error(from, ErrorCode::UNKNOWN_TRANSFER, "not my transfer")),
            ..Step::nothing()
        }
    }

    fn confirmed<'p>(
        &mut self,
        from: SocketAddr,
        given: Options,
    ) -> Result<Step<'p>, ReceiveError> {
        if self.blocks > 0 {
            return Ok(Step::nothing());
        }
        let within = |given: Option<u16>, asked: Option<u16>, default: u16| match (given, asked) {
            (None, _) => Some(default),
            (Some(given), Some(asked)) if given <= asked => Some(given),
            _ => None,
        };
        let block_size = within(given.block_size, self.options.block_size, 512);
        let window_size = within(given.window_size, self.options.window_size, 1);
        let (Some(block_size), Some(window_size)) = (block_size, window_size) else {
            return Err(ReceiveError::UnrequestedOptions(error(
                from,
                ErrorCode::OPTIONS,
                "not the requested options",
            )));
        };
        if given.transfer_size.is_some_and(|size| size > self.options.max_bytes) {
            return Err(self.too_large(from));
        }
        self.block_size = usize::from(block_size);
        self.window_size = u64::from(window_size);
        self.size = given.transfer_size.filter(|_| self.options.transfer_size);
        self.timeouts = 0;
        Ok(Step { reply: Some(self.acknowledge(from)), ..Step::nothing() })
    }

    fn data<'p>(
        &mut self,
        from: SocketAddr,
        block: u16,
        bytes: &'p [u8],
    ) -> Result<Step<'p>, ReceiveError> {
        if self.is_done || block != wire_number(self.blocks + 1) {
            return Ok(self.unexpected(from, block));
        }
        if bytes.len() > self.block_size {
            return Err(ReceiveError::Protocol(error(
                from,
                ErrorCode::ILLEGAL,
                "the block is too long",
            )));
        }
        self.blocks += 1;
        self.unacknowledged += 1;
        self.bytes += bytes.len() as u64;
        (self.timeouts, self.gap_reported) = (0, false);
        if self.bytes > self.options.max_bytes {
            return Err(self.too_large(from));
        }
        self.is_done = bytes.len() < self.block_size;
        let is_wrong =
            |size: &u64| if self.is_done { *size != self.bytes } else { *size < self.bytes };
        if let Some(announced) = self.size.filter(is_wrong) {
            let reply = error(from, ErrorCode::OTHER, "not the announced size");
            return Err(ReceiveError::WrongSize { announced, reply });
        }
        let is_due = self.is_done || self.unacknowledged == self.window_size;
        let reply = is_due.then(|| self.acknowledge(from));
        Ok(Step { bytes, reply, is_done: self.is_done })
    }

    /// Handles a block that is not the next one. If it is the latest one again, the acknowledgement
    /// was lost and is repeated. If it is a later one, a block was lost: the latest block in order
    /// is acknowledged once, so that the server resumes there.
    fn unexpected(&mut self, from: SocketAddr, block: u16) -> Step<'static> {
        let is_last = self.blocks > 0 && block == wire_number(self.blocks);
        if !is_last && self.gap_reported {
            return Step::nothing();
        }
        self.gap_reported = true;
        Step { reply: Some(self.acknowledge(from)), is_done: self.is_done, ..Step::nothing() }
    }

    fn acknowledge(&mut self, to: SocketAddr) -> Reply {
        self.unacknowledged = 0;
        let block = wire_number(self.blocks);
        self.last_sent = Packet::Ack { block }.to_bytes();
        Reply { to, bytes: self.last_sent.clone() }
    }

    fn too_large(&self, to: SocketAddr) -> ReceiveError {
        ReceiveError::TooLarge {
            max: self.options.max_bytes,
            reply: error(to, ErrorCode::FULL, "larger than allowed"),
        }
    }
}

impl Step<'_> {
    fn nothing() -> Self {
        Self { bytes: &[], reply: None, is_done: false }
    }
}

/// The number of a block in a packet; it wraps around after 65,535.
fn wire_number(block: u64) -> u16 {
    (block & 0xffff) as u16
}

fn error(to: SocketAddr, code: ErrorCode, message: &str) -> Reply {
    let message = message.as_bytes();
    Reply { to, bytes: Packet::Error { code, message }.to_bytes() }
}

/// A server's message, escaped and truncated.
fn shown(message: &[u8]) -> String {
    let message = String::from_utf8_lossy(message);
    message.chars().take(200).flat_map(char::escape_debug).collect()
}
