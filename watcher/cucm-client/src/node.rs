//! The address of a node.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Port of AXL and of the other SOAP services.
pub const DEFAULT_PORT: u16 = 8443;

/// A node of a cluster: host name or address, and the port of its SOAP services.
///
/// ```
/// use adr_cucm_client::Node;
///
/// assert_eq!(Node::new("cucm-pub")?.to_string(), "cucm-pub:8443");
/// assert_eq!(Node::new("[2001:db8::1]:443")?.to_string(), "[2001:db8::1]:443");
/// assert!(Node::new("admin:password@cucm-pub").is_err());
/// # Ok::<(), adr_cucm_client::NodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    host: String,
    port: u16,
}

/// The text is not a node. The message does not repeat it, because it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a node as HOST or HOST:PORT, for example `cucm-pub.example.com` or `10.0.0.5:8443`")]
pub struct NodeError;

impl Node {
    /// Reads `HOST`, `HOST:PORT`, an IPv6 address, or `[IPv6]:PORT`.
    ///
    /// # Errors
    ///
    /// The text is anything else, such as a URL or a text with a user name.
    pub fn new(text: &str) -> Result<Self, NodeError> {
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self { host: address.to_string(), port: DEFAULT_PORT });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (text, Some(DEFAULT_PORT)),
        };
        let port = port.filter(|port| *port != 0).ok_or(NodeError)?;
        if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            let address: Ipv6Addr = inner.parse().map_err(|_| NodeError)?;
            return Ok(Self { host: address.to_string(), port });
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        match host.starts_with(|c: char| c.is_ascii_alphanumeric()) && host.chars().all(is_name) {
            true => Ok(Self { host: host.to_owned(), port }),
            false => Err(NodeError),
        }
    }

    /// Host name or address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port of the SOAP services.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What messages call the node: its host, with the port if that is not [`DEFAULT_PORT`].
    ///
    /// ```
    /// use adr_cucm_client::Node;
    ///
    /// assert_eq!(Node::new("tftp-1:8443")?.label(), "tftp-1");
    /// assert_eq!(Node::new("tftp-1:9443")?.label(), "tftp-1:9443");
    /// # Ok::<(), adr_cucm_client::NodeError>(())
    /// ```
    #[must_use]
    pub fn label(&self) -> String {
        match self.port {
            DEFAULT_PORT => self.host.clone(),
            _ => self.to_string(),
        }
    }

    /// Another port of the same host.
    pub(crate) fn with_port(&self, port: u16) -> Self {
        Self { host: self.host.clone(), port }
    }
}

impl FromStr for Node {
    type Err = NodeError;

    fn from_str(text: &str) -> Result<Self, NodeError> {
        Self::new(text)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        match host.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => write!(f, "[{address}]:{port}"),
            _ => write!(f, "{host}:{port}"),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_a_host_and_a_port() {
        let cases = [
            ("cucm-pub.example.com", "cucm-pub.example.com:8443"),
            ("10.0.0.5:443", "10.0.0.5:443"),
            ("::1", "[::1]:8443"),
            ("[::1]", "[::1]:8443"),
        ];
        for (text, node) in cases {
            assert_eq!(Node::new(text).map(|node| node.to_string()), Ok(node.to_owned()));
        }
    }

    #[test]
    fn text_that_is_not_a_node_is_rejected() {
        for text in ["", ":8443", "a:", "a:0", "a:99999", "https://a", "a/b", "u:p@a", "[a]", "a b"]
        {
            assert_eq!(Node::new(text), Err(NodeError), "{text}");
        }
    }
}
