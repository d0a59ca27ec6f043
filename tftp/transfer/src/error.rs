//! Why a file was not received.

use std::io;

use crate::packet::ErrorCode;
use crate::reply::Reply;

/// Why a file was not received.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The server answered with an error packet.
    #[error("the server refuses: {message} (error {})", code.0)]
    Refused {
        /// The number in the packet.
        code: ErrorCode,
        /// The message in the packet, escaped and truncated.
        message: String,
    },
    /// The server does not answer, or no longer does.
    #[error("the server does not answer")]
    Silent,
    /// The server confirmed options that were not requested.
    #[error("the server confirms options that were not requested")]
    UnrequestedOptions(Reply),
    /// The server violates the protocol.
    #[error("the server violates the TFTP protocol")]
    Protocol(Reply),
    /// The file is too large.
    #[error("the file has more than {max} bytes")]
    TooLarge {
        /// The limit, in bytes.
        max: u64,
        /// The error packet for the server.
        reply: Reply,
    },
    /// The file does not have the size that the server announced.
    #[error("the file does not have the {announced} bytes that the server announced")]
    WrongSize {
        /// The announced size, in bytes.
        announced: u64,
        /// The error packet for the server.
        reply: Reply,
    },
    /// The operating system refuses a socket or a packet.
    #[error(transparent)]
    Socket(#[from] io::Error),
}

impl ReceiveError {
    /// The error packet to send to the server.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::UnrequestedOptions(reply)
            | Self::Protocol(reply)
            | Self::TooLarge { reply, .. }
            | Self::WrongSize { reply, .. } => Some(reply),
            Self::Refused { .. } | Self::Silent | Self::Socket(_) => None,
        }
    }

    /// Whether the server says that the file does not exist.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == ErrorCode::NOT_FOUND)
    }
}
