//! What a packet to a listener gets: a file, an error, or nothing.

use std::net::SocketAddr;

use adr_transfer::{ErrorCode, Packet};

use crate::fallback::{NotServed, Opening};
use crate::name::{InvalidName, Name};
use crate::outcome::{Outcome, Protocol};
use crate::service::{Request, ServedFile, Service};

/// An answer to a read request.
#[derive(Debug)]
pub(super) enum Answer {
    /// A file in memory.
    Whole(ServedFile),
    /// The file may be elsewhere.
    Search(Opening),
    /// None.
    Refused(Refusal),
}

/// An error packet, and the value for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: ErrorCode,
    message: &'static str,
    pub(super) outcome: Outcome,
}

/// A packet that does not begin a transfer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unserved<'p> {
    /// It gets no answer, which would only serve those who forge addresses.
    Ignored,
    /// A request that is refused; the name as far as it is known.
    Refused(Refusal, &'p [u8]),
}

impl Refusal {
    pub(super) const BUSY: Self = Self::new(ErrorCode::OTHER, "Busy, try again", Outcome::Busy);
    const MISSING: Self = Self::new(ErrorCode::NOT_FOUND, "File not found", Outcome::Missing);
    const DENIED: Self = Self::new(ErrorCode::ACCESS, "Permission denied", Outcome::Refused);
    const ILLEGAL: Self = Self::new(ErrorCode::ILLEGAL, "Illegal operation", Outcome::Refused);

    const fn new(code: ErrorCode, message: &'static str, outcome: Outcome) -> Self {
        Self { code, message, outcome }
    }

    /// The error packet.
    pub(super) fn packet(self) -> Vec<u8> {
        Packet::Error { code: self.code, message: self.message.as_bytes() }.to_bytes()
    }
}

impl From<InvalidName> for Refusal {
    fn from(invalid: InvalidName) -> Self {
        match invalid {
            InvalidName::Empty => Self::ILLEGAL,
            InvalidName::Impossible => Self::MISSING,
            InvalidName::Forbidden => Self::DENIED,
        }
    }
}

impl From<NotServed> for Refusal {
    fn from(reason: NotServed) -> Self {
        match reason {
            NotServed::Missing => Self::MISSING,
            NotServed::Denied => Self::DENIED,
            NotServed::Failed | NotServed::Unavailable | NotServed::Busy | NotServed::Evicted => {
                Self::new(ErrorCode::OTHER, "Unknown error", reason.outcome())
            }
        }
    }
}

/// The answer to a packet to a listener that is not a valid read request.
pub(super) fn to_other<'p>(packet: &'p [u8], parsed: Option<&Packet<'p>>) -> Unserved<'p> {
    match (parsed, packet) {
        (Some(Packet::Write(request)), _) => Unserved::Refused(Refusal::DENIED, request.name),
        // such as the mode `mail`
        (None, [0, 1 | 2, rest @ ..]) => {
            let name = rest.split(|byte| *byte == 0).next().unwrap_or_default();
            Unserved::Refused(Refusal::ILLEGAL, name)
        }
        _ => Unserved::Ignored,
    }
}

/// The answer to a packet to a port of the pool from a client that has no transfer there: RFC 1350
/// wants an error. An error packet gets none.
pub(super) fn to_unknown(packet: &[u8]) -> Option<Vec<u8>> {
    let code = ErrorCode::UNKNOWN_TRANSFER;
    let is_of_transfer = matches!(
        Packet::parse(packet),
        Ok(Packet::Ack { .. } | Packet::Data { .. } | Packet::OptionAck(_))
    );
    is_of_transfer.then(|| Packet::Error { code, message: b"Unknown transfer" }.to_bytes())
}

/// A request as records have it. A name that is not UTF-8 is shown with replacement characters.
pub(super) fn request(service: &Service, client: SocketAddr, name: &[u8]) -> Request {
    let client = service.tftp_client(client);
    Request::new(Protocol::Tftp, client, &String::from_utf8_lossy(name))
}

/// The answer to a read request of a client that is within its limits.
pub(super) fn to_read(service: &Service, request: &Request, name: &[u8]) -> Answer {
    let Ok(name) = std::str::from_utf8(name) else { return Answer::Refused(Refusal::MISSING) };
    let name = match Name::parse(name) {
        Ok(name) => name,
        Err(invalid) => return Answer::Refused(invalid.into()),
    };
    match service.find_now(request.client.ip(), name) {
        Some(Ok(file)) => Answer::Whole(file),
        Some(Err(reason)) => Answer::Refused(reason.into()),
        None => Answer::Search(service.fallback.open(name, request.client)),
    }
}
