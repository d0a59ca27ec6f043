//! Names, addresses, connections and handshakes.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// What a name became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// The gateway is an address; nothing was asked.
    Address(IpAddr),
    /// The addresses, in the order of the answer; at least one.
    Addresses(Vec<IpAddr>),
    /// No name server knows the name.
    UnknownName,
    /// No name server answered, or none is configured; the text of the system.
    NoAnswer(String),
}

/// A connection to a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// The address.
    pub address: IpAddr,
    /// How long it took, in milliseconds, until it was open or had failed.
    pub milliseconds: u64,
    /// Why it failed; `None` if it was open.
    pub failure: Option<ConnectionFailure>,
}

/// Why a connection failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionFailure {
    /// The port is closed.
    Refused,
    /// Nothing answered in time.
    TimedOut,
    /// No route leads there, or a firewall says so.
    Unreachable,
    /// Another error; the text of the system.
    Other(String),
}

/// A handshake of TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// How long it took after the connection was open, in milliseconds.
    pub milliseconds: u64,
    /// The version that both sides took, such as `TLS 1.2`; `None` without a version.
    pub version: Option<String>,
    /// The versions that the server takes, of 1.0 to 1.3, as far as they were tried.
    pub versions: Vec<String>,
    /// Why it failed; `None` if it was complete. The trust of the certificate is not a part of it.
    pub failure: Option<HandshakeFailure>,
}

/// Why a handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandshakeFailure {
    /// The server, or something before it, closed the connection.
    Closed,
    /// Nothing answered in time.
    TimedOut,
    /// The server speaks another protocol on this port; what it looks like, such as `HTTP`.
    OtherProtocol(String),
    /// The server takes no version that the client takes.
    NoCommonVersion,
    /// The server takes no algorithms that the client takes.
    NoCommonAlgorithms,
    /// The certificates that the server sends are larger than the client takes; their bytes.
    CertificateTooLarge(u64),
    /// The server sent an alert; its name.
    Alert(String),
    /// Another error; its text.
    Other(String),
}
