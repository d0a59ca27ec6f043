//! Addresses with an optional port; the default is the port of the protocol.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use adr_server::{HTTP_PORT, HTTPS_PORT, TFTP_PORT};
use serde::{Deserialize, Deserializer, de};
use thiserror::Error;

/// An address for TFTP.
pub type TftpAddress = Address<TFTP_PORT>;
/// An address for HTTP.
pub type HttpAddress = Address<HTTP_PORT>;
/// An address for HTTPS.
pub type HttpsAddress = Address<HTTPS_PORT>;

/// An address with a port, or without one for the default port `PORT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<const PORT: u16>(pub SocketAddr);

/// Where the admin port listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admin {
    /// On this address.
    At(SocketAddr),
    /// The admin port is disabled.
    Off,
}

/// The error for a text that is not an address. The message has an example.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid address `{text}`; for example {example}")]
pub struct AddressError {
    text: String,
    example: String,
}

impl AddressError {
    fn new(text: &str, example: impl Into<String>) -> Self {
        Self { text: text.to_owned(), example: example.into() }
    }
}

impl<const PORT: u16> FromStr for Address<PORT> {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let bare = || text.trim_matches(['[', ']']).parse::<IpAddr>();
        let address = text.parse().or_else(|_| bare().map(|ip| SocketAddr::new(ip, PORT)));
        address.map(Self).map_err(|_| {
            AddressError::new(text, format!("10.0.0.5:{PORT} or [2001:db8::5]:{PORT}"))
        })
    }
}

impl FromStr for Admin {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let invalid = |_| AddressError::new(text, "127.0.0.1:6980, or `off`");
        match text {
            "off" => Ok(Self::Off),
            _ => text.parse().map(Self::At).map_err(invalid),
        }
    }
}

impl<'de, const PORT: u16> Deserialize<'de> for Address<PORT> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Admin {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_without_port_gets_the_default() {
        for (text, address) in [
            ("10.0.0.5", "10.0.0.5:69"),
            ("10.0.0.5:6969", "10.0.0.5:6969"),
            ("::1", "[::1]:69"),
            ("[::1]", "[::1]:69"),
            ("[::1]:6969", "[::1]:6969"),
        ] {
            assert_eq!(text.parse::<TftpAddress>(), Ok(Address(address.parse().unwrap())));
        }
        for text in ["", "host", "10.0.0", "10.0.0.5:x", "10.0.0.5:70000", ":69"] {
            assert!(text.parse::<TftpAddress>().is_err(), "{text}");
        }
    }
}
