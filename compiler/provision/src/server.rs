//! Servers: host names and addresses.

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;

/// A server that a client connects to: an address, or a host name of ASCII letters, digits, `-`,
/// `_` and `.` that DNS can resolve.
///
/// ```
/// use adr_provision::Server;
///
/// assert_eq!(Server::new("10.1.1.1")?.to_string(), "10.1.1.1");
/// assert_eq!(Server::new("CUCM-pub")?, Server::new("cucm-PUB")?);
/// assert!(Server::new("10.1.1.300").is_err());
/// # Ok::<(), adr_provision::ServerError>(())
/// ```
#[derive(Clone, Debug, Eq)]
pub enum Server {
    /// An IPv4 or IPv6 address.
    Address(IpAddr),
    /// A host name with the case in which it was written.
    Host(HostName),
}

/// A host or domain name: 1 to 253 ASCII characters, in labels of 1 to 63.
///
/// Names are equal without regard to case.
#[derive(Clone, Debug, Eq)]
pub struct HostName(String);

/// Why a text is not a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ServerError {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It begins with a scheme, or has a path.
    #[error("it is a URL")]
    Url,
    /// It ends in a port.
    #[error("it has a port")]
    Port,
    /// The last label is a number, but the text is not an address.
    #[error("it looks like an address, but is not one")]
    AlmostAddress,
    /// The address stands for no single host.
    #[error("no server has this address")]
    NotOneHost,
    /// A character that host names do not have.
    #[error("a host name has no {}", adr_diagnostic::describe(*.0))]
    BadCharacter(char),
    /// A label is empty, is longer than 63 characters, or begins or ends with `-`.
    #[error("a part between dots has 1 to 63 characters, and `-` only between others")]
    BadLabel,
    /// It is longer than 253 characters.
    #[error("a host name has at most 253 characters")]
    TooLong,
}

impl Server {
    /// Reads a host name or an address.
    ///
    /// # Errors
    ///
    /// See [`ServerError`].
    pub fn new(text: &str) -> Result<Self, ServerError> {
        if let Ok(address) = text.parse::<IpAddr>() {
            let broadcast = text == "255.255.255.255";
            let one_host = !address.is_unspecified() && !address.is_multicast() && !broadcast;
            return if one_host {
                Ok(Self::Address(address))
            } else {
                Err(ServerError::NotOneHost)
            };
        }
        HostName::new(text).map(Self::Host)
    }

    /// The address, if it is one of IPv4.
    #[must_use]
    pub fn ipv4(&self) -> Option<std::net::Ipv4Addr> {
        match self {
            Self::Address(IpAddr::V4(address)) => Some(*address),
            _ => None,
        }
    }
}

impl HostName {
    /// Reads a host or domain name.
    ///
    /// # Errors
    ///
    /// See [`ServerError`].
    pub fn new(text: &str) -> Result<Self, ServerError> {
        if text.is_empty() {
            return Err(ServerError::Empty);
        }
        if text.contains('/') {
            return Err(ServerError::Url);
        }
        let with_port = text.rsplit_once(':').is_some_and(|(host, port)| {
            !host.contains(':')
                && !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
        });
        if with_port {
            return Err(ServerError::Port);
        }
        let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if let Some(bad) = text.chars().find(|character| !fits(character)) {
            return Err(ServerError::BadCharacter(bad));
        }
        let bad_label = |label: &str| {
            !(1..=63).contains(&label.len()) || label.starts_with('-') || label.ends_with('-')
        };
        if text.split('.').any(bad_label) {
            return Err(ServerError::BadLabel);
        }
        let last = text.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ServerError::AlmostAddress);
        }
        match text.len() {
            ..=253 => Ok(Self(text.to_owned())),
            _ => Err(ServerError::TooLong),
        }
    }

    /// The name with the case in which it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Address(one), Self::Address(other)) => one == other,
            (Self::Host(one), Self::Host(other)) => one == other,
            _ => false,
        }
    }
}

impl PartialEq for HostName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Host(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ServerError {
    /// What to write instead.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Url => "write the host alone, without scheme and path",
            Self::Port => "write the host alone, without a port",
            Self::BadCharacter(character) if !character.is_ascii() => {
                "write the host name as DNS has it, which begins with `xn--` for other letters"
            }
            _ => "write a host name or an address, such as `cucm-pub.example.com` or `10.1.1.1`",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_is_a_host_or_an_address() {
        for text in
            ["a", "cucm-pub.example.com", "10.1.1.1", "2001:db8::1", "tftp_1", "3com.example"]
        {
            assert_eq!(Server::new(text).map(|server| server.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn other_text_is_rejected_with_its_reason() {
        let label = "a".repeat(64);
        let long = ["a".repeat(63).as_str(); 4].join(".");
        let cases = [
            ("", ServerError::Empty),
            ("http://a", ServerError::Url),
            ("a:69", ServerError::Port),
            ("10.1.1.1:69", ServerError::Port),
            ("10.1.1.300", ServerError::AlmostAddress),
            ("10.1.1", ServerError::AlmostAddress),
            ("010.1.1.1", ServerError::AlmostAddress),
            ("0.0.0.0", ServerError::NotOneHost),
            ("224.0.0.1", ServerError::NotOneHost),
            ("255.255.255.255", ServerError::NotOneHost),
            ("a b", ServerError::BadCharacter(' ')),
            ("münchen", ServerError::BadCharacter('ü')),
            ("%TFTP%", ServerError::BadCharacter('%')),
            ("a..b", ServerError::BadLabel),
            ("a.", ServerError::BadLabel),
            ("-a", ServerError::BadLabel),
            (&label, ServerError::BadLabel),
            (&long, ServerError::TooLong),
        ];
        for (text, expected) in cases {
            assert_eq!(Server::new(text), Err(expected), "{text}");
        }
    }
}
