//! A transfer that receives a file, without sockets and clocks: it is told what came, and tells
//! what to do.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::packet::{ErrorCode, Mode, Options, Packet, Request};

/// What a receiver asks for, and how far it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Bytes of a block. The default of 1,428 fits a packet of Ethernet; `None` asks for nothing
    /// and gets 512.
    pub block_size: Option<u16>,
    /// Blocks that are sent without waiting; 8 by default, `None` asks for nothing and gets 1.
    pub window_size: Option<u16>,
    /// Whether to ask for the size of the file.
    pub transfer_size: bool,
    /// After so long a silence the last packet is sent again. A second by default.
    pub timeout: Duration,
    /// How often it is sent again before the transfer is given up; 5 by default.
    pub retries: u32,
    /// Most bytes of a file; what is larger is given up. 64 MB by default.
    pub most_bytes: u64,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            block_size: Some(1_428),
            window_size: Some(8),
            transfer_size: true,
            timeout: Duration::from_secs(1),
            retries: 5,
            most_bytes: 64 << 20,
        }
    }
}

impl Wish {
    /// The same without options, for servers that do not know any.
    #[must_use]
    pub fn plain(&self) -> Self {
        Self { block_size: None, window_size: None, transfer_size: false, ..self.clone() }
    }

    fn options(&self) -> Options {
        Options {
            block_size: self.block_size,
            window_size: self.window_size,
            transfer_size: self.transfer_size.then_some(0),
            timeout: None,
        }
    }
}

/// A packet to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// To whom.
    pub to: SocketAddr,
    /// The packet.
    pub bytes: Vec<u8>,
}

/// What follows from a packet that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'p> {
    /// The next bytes of the file, where there are any.
    pub bytes: &'p [u8],
    /// What to send now.
    pub reply: Option<Reply>,
    /// Whether the file is complete.
    pub is_done: bool,
}

/// A file on its way in.
///
/// Send [`Receiving::request`] to the server; give every packet that comes to
/// [`Receiving::packet`], and call [`Receiving::time_out`] after [`Wish::timeout`] without
/// progress. Stop at the first failure.
///
/// ```
/// use adr_transfer::{Receiving, Wish};
///
/// let server = "192.0.2.1:69".parse().unwrap();
/// let mut receiving = Receiving::new(server, "AppDialRules.xml", Wish::default().plain());
/// assert_eq!(receiving.request(), b"\0\x01AppDialRules.xml\0octet\0");
/// let from = "192.0.2.1:40000".parse().unwrap();
/// let step = receiving.packet(from, b"\0\x03\0\x01<DialRules/>")?;
/// assert_eq!(step.bytes, b"<DialRules/>");
/// assert_eq!(step.reply.unwrap().bytes, b"\0\x04\0\x01");
/// assert!(step.is_done);
/// # Ok::<(), adr_transfer::Failure>(())
/// ```
#[derive(Clone, Debug)]
pub struct Receiving {
    server: SocketAddr,
    wish: Wish,
    /// The request, until an acknowledgement takes its place.
    last_sent: Vec<u8>,
    /// The server's address for this transfer, from its first packet on.
    peer: Option<SocketAddr>,
    block_size: usize,
    window_size: u64,
    size: Option<u64>,
    /// Blocks received in order.
    blocks: u64,
    /// Blocks received since the last acknowledgement.
    open: u64,
    bytes: u64,
    /// Whether a gap was told to the server already.
    gap_told: bool,
    silences: u32,
    is_done: bool,
}

impl Receiving {
    /// A transfer of the file with this name.
    #[must_use]
    pub fn new(server: SocketAddr, name: &str, wish: Wish) -> Self {
        let request = Packet::Read(Request {
            name: name.as_bytes(),
            mode: Mode::Octet,
            options: wish.options(),
        });
        Self {
            server,
            last_sent: request.to_bytes(),
            wish,
            peer: None,
            block_size: 512,
            window_size: 1,
            size: None,
            blocks: 0,
            open: 0,
            bytes: 0,
            gap_told: false,
            silences: 0,
            is_done: false,
        }
    }

    /// The first packet, which goes to the server.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        &self.last_sent
    }

    /// The size of the file, if the server told it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Bytes received.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.bytes
    }

    /// Whether the server has answered.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.peer.is_some()
    }

    /// Takes a packet. Packets from elsewhere, repeated ones and those that are none change
    /// nothing.
    ///
    /// # Errors
    ///
    /// The server refuses, breaks the protocol, sends more than is wanted or than it told.
    pub fn packet<'p>(&mut self, from: SocketAddr, bytes: &'p [u8]) -> Result<Step<'p>, Failure> {
        if !self.is_peer(from) {
            return Ok(Self::stranger(from));
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
                self.options(from, options)
            }
            Packet::Error { code, message } => {
                Err(Failure::Refused { code, message: shown(message) })
            }
            Packet::Ack { .. } | Packet::Read(_) | Packet::Write(_) => Ok(Step::nothing()),
        }
    }

    /// Nothing came for [`Wish::timeout`]: what was sent last is sent again.
    ///
    /// # Errors
    ///
    /// It was sent often enough.
    pub fn time_out(&mut self) -> Result<Reply, Failure> {
        if self.silences == self.wish.retries {
            return Err(Failure::Silent);
        }
        self.silences += 1;
        self.gap_told = false;
        Ok(Reply { to: self.peer.unwrap_or(self.server), bytes: self.last_sent.clone() })
    }

    /// The server answers from any port of its address, and stays with it.
    fn is_peer(&self, from: SocketAddr) -> bool {
        match self.peer {
            Some(peer) => peer == from,
            None => self.server.ip().to_canonical() == from.ip().to_canonical(),
        }
    }

    fn stranger(from: SocketAddr) -> Step<'static> {
        Step {
            reply: Some(error(from, ErrorCode::UNKNOWN_TRANSFER, "not my transfer")),
            ..Step::nothing()
        }
    }

    fn options<'p>(&mut self, from: SocketAddr, told: Options) -> Result<Step<'p>, Failure> {
        if self.blocks > 0 {
            return Ok(Step::nothing());
        }
        let within = |told: Option<u16>, asked: Option<u16>, default: u16| match (told, asked) {
            (None, _) => Some(default),
            (Some(told), Some(asked)) if told <= asked => Some(told),
            _ => None,
        };
        let block_size = within(told.block_size, self.wish.block_size, 512);
        let window_size = within(told.window_size, self.wish.window_size, 1);
        let (Some(block_size), Some(window_size)) = (block_size, window_size) else {
            return Err(Failure::Options(error(
                from,
                ErrorCode::OPTIONS,
                "not what was asked for",
            )));
        };
        if told.transfer_size.is_some_and(|size| size > self.wish.most_bytes) {
            return Err(self.too_large(from));
        }
        self.block_size = usize::from(block_size);
        self.window_size = u64::from(window_size);
        self.size = told.transfer_size.filter(|_| self.wish.transfer_size);
        self.silences = 0;
        Ok(Step { reply: Some(self.acknowledge(from)), ..Step::nothing() })
    }

    fn data<'p>(
        &mut self,
        from: SocketAddr,
        block: u16,
        bytes: &'p [u8],
    ) -> Result<Step<'p>, Failure> {
        if self.is_done || block != low(self.blocks + 1) {
            return Ok(self.unexpected(from, block));
        }
        if bytes.len() > self.block_size {
            return Err(Failure::Broken(error(from, ErrorCode::ILLEGAL, "the block is too long")));
        }
        self.blocks += 1;
        self.open += 1;
        self.bytes += bytes.len() as u64;
        (self.silences, self.gap_told) = (0, false);
        if self.bytes > self.wish.most_bytes {
            return Err(self.too_large(from));
        }
        self.is_done = bytes.len() < self.block_size;
        let lied = self
            .size
            .filter(|told| if self.is_done { *told != self.bytes } else { *told < self.bytes });
        if let Some(told) = lied {
            let reply = error(from, ErrorCode::OTHER, "not the size that was told");
            return Err(Failure::Size { told, reply });
        }
        let is_due = self.is_done || self.open == self.window_size;
        let reply = is_due.then(|| self.acknowledge(from));
        Ok(Step { bytes, reply, is_done: self.is_done })
    }

    /// A block that is not the next one. If it is the last one again, the acknowledgement was lost;
    /// if it is a later one, a block was lost: the server hears once what arrived.
    fn unexpected(&mut self, from: SocketAddr, block: u16) -> Step<'static> {
        let is_last = self.blocks > 0 && block == low(self.blocks);
        if !is_last && self.gap_told {
            return Step::nothing();
        }
        self.gap_told = true;
        Step { reply: Some(self.acknowledge(from)), is_done: self.is_done, ..Step::nothing() }
    }

    fn acknowledge(&mut self, to: SocketAddr) -> Reply {
        self.open = 0;
        let block = low(self.blocks);
        self.last_sent = Packet::Ack { block }.to_bytes();
        Reply { to, bytes: self.last_sent.clone() }
    }

    fn too_large(&self, to: SocketAddr) -> Failure {
        Failure::TooLarge {
            most: self.wish.most_bytes,
            reply: error(to, ErrorCode::FULL, "larger than wanted"),
        }
    }
}

impl Step<'_> {
    fn nothing() -> Self {
        Self { bytes: &[], reply: None, is_done: false }
    }
}

/// The number of a block on the wire.
fn low(block: u64) -> u16 {
    (block & 0xffff) as u16
}

fn error(to: SocketAddr, code: ErrorCode, message: &str) -> Reply {
    let message = message.as_bytes();
    Reply { to, bytes: Packet::Error { code, message }.to_bytes() }
}

/// A server's words, escaped and cut.
fn shown(message: &[u8]) -> String {
    let message = String::from_utf8_lossy(message);
    message.chars().take(200).flat_map(char::escape_debug).collect()
}

/// Why a file did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server says no.
    Refused {
        /// Its number for it.
        code: ErrorCode,
        /// Its words, escaped.
        message: String,
    },
    /// The server does not answer, or stopped to.
    Silent,
    /// The server answers options that were not asked for.
    Options(Reply),
    /// The server breaks the protocol.
    Broken(Reply),
    /// The file is larger than wanted.
    TooLarge {
        /// Most bytes that were wanted.
        most: u64,
        /// What the server is told.
        reply: Reply,
    },
    /// The file has not the size that the server told.
    Size {
        /// The size told.
        told: u64,
        /// What the server is told.
        reply: Reply,
    },
    /// The operating system refuses; a phrase.
    Socket(String),
}

impl Failure {
    /// What the server should be told.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Options(reply)
            | Self::Broken(reply)
            | Self::TooLarge { reply, .. }
            | Self::Size { reply, .. } => Some(reply),
            Self::Refused { .. } | Self::Silent | Self::Socket(_) => None,
        }
    }

    /// Whether the server says that there is no such file.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == ErrorCode::NOT_FOUND)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { code, message } => {
                write!(f, "the server refuses: {message} (error {})", code.0)
            }
            Self::Silent => f.write_str("the server does not answer"),
            Self::Options(_) => f.write_str("the server answers options that were not asked for"),
            Self::Broken(_) => f.write_str("the server sends what is not TFTP"),
            Self::TooLarge { most, .. } => write!(f, "the file has more than {most} bytes"),
            Self::Size { told, .. } => {
                write!(f, "the file has not the {told} bytes that the server told")
            }
            Self::Socket(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Failure {}
