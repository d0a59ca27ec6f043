//! The addresses of NATS servers, as a person writes them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The port of NATS where an address has none.
const PORT: u16 = 4222;

/// Most servers of a cluster.
const MAX_SERVERS: usize = 32;

/// The addresses of the servers of one NATS cluster: `nats://HOST[:PORT][,HOST[:PORT]…]`, or
/// `tls://` for connections that have to be encrypted. They never contain a password.
///
/// ```
/// use adr_cluster::Servers;
///
/// let servers: Servers = "nats://nats1.example.com,nats2.example.com:4333".parse()?;
/// assert_eq!(servers.to_string(), "nats://nats1.example.com,nats2.example.com:4333");
/// assert!("nats://joe:secret@nats1.example.com".parse::<Servers>().is_err());
/// # Ok::<(), adr_cluster::InvalidServers>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Servers {
    is_tls: bool,
    /// Host and port each.
    hosts: Vec<(String, u16)>,
}

/// Why a text is not a list of NATS servers. Messages never repeat a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidServers {
    /// The scheme is missing or another one.
    #[error("invalid cluster address: write nats://HOST[:PORT][,HOST…], or tls:// for encryption")]
    Scheme,
    /// There is something before an `@`.
    #[error(
        "the cluster address contains a user or a password; \
         write it into a file, and name that with --cluster-creds, --cluster-nkey or \
         --cluster-token-file"
    )]
    Password,
    /// This is not a host, or a host with a port.
    #[error("invalid cluster address: `{0}` is not HOST or HOST:PORT")]
    Host(String),
    /// There are too many.
    #[error("invalid cluster address: {0} servers; at most {MAX_SERVERS}")]
    TooMany(usize),
}

impl Servers {
    /// Whether connections have to be encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// How many servers there are; at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.hosts.len()
    }

    /// One URL for each server, with its port.
    pub fn urls(&self) -> impl Iterator<Item = String> {
        let scheme = self.scheme();
        self.hosts.iter().map(move |(host, port)| format!("{scheme}{host}:{port}"))
    }

    fn scheme(&self) -> &'static str {
        if self.is_tls { "tls://" } else { "nats://" }
    }
}

impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scheme())?;
        for (at, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{host}")?;
            if *port != PORT {
                write!(f, ":{port}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Servers {
    type Err = InvalidServers;

    fn from_str(text: &str) -> Result<Self, InvalidServers> {
        if text.contains('@') {
            return Err(InvalidServers::Password);
        }
        let (scheme, rest) = text.split_once("://").ok_or(InvalidServers::Scheme)?;
        let is_tls = match scheme {
            "nats" => false,
            "tls" => true,
            _ => return Err(InvalidServers::Scheme),
        };
        // each server may repeat the scheme, as other programs for NATS write it
        let repeated = format!("{scheme}://");
        let parts = rest.strip_suffix('/').unwrap_or(rest).split(',');
        let parts: Vec<&str> =
            parts.map(|part| part.strip_prefix(&repeated).unwrap_or(part)).collect();
        if parts.len() > MAX_SERVERS {
            return Err(InvalidServers::TooMany(parts.len()));
        }
        let host = |part: &&str| {
            host_and_port(part).ok_or_else(|| InvalidServers::Host(part.escape_debug().to_string()))
        };
        Ok(Self { is_tls, hosts: parts.iter().map(host).collect::<Result<_, _>>()? })
    }
}

/// `HOST`, `HOST:PORT`, or the same with an IPv6 address in brackets.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?;
            (format!("[{address}]"), port)
        }
        None => {
            let end = text.find(':').unwrap_or(text.len());
            let (host, port) = text.split_at(end);
            let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            if host.is_empty() || host.len() > 253 || !host.bytes().all(is_inner) {
                return None;
            }
            (host.to_ascii_lowercase(), port)
        }
    };
    let port = match port.strip_prefix(':') {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().ok()?,
        Some(_) => return None,
        None if port.is_empty() => PORT,
        None => return None,
    };
    (port != 0).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, InvalidServers> {
        text.parse::<Servers>().map(|servers| servers.to_string())
    }

    #[test]
    fn address_reads_back_from_its_text() {
        for text in ["nats://a", "tls://a.example.com,b:4333", "nats://[::1]", "nats://[::1]:5"] {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
        assert_eq!(read("nats://A:4222,nats://b/").as_deref(), Ok("nats://a,b"));
        let servers: Servers = "tls://a,[::1]:5".parse().unwrap();
        assert_eq!(servers.urls().collect::<Vec<_>>(), ["tls://a:4222", "tls://[::1]:5"]);
    }

    #[test]
    fn something_else_is_rejected() {
        for text in ["", "a", "http://a", "nats:a", "ws://a"] {
            assert_eq!(read(text), Err(InvalidServers::Scheme), "{text}");
        }
        for text in
            ["", "a,", ",a", "a:", "a:0", "a:70000", "a:+1", "a/b", "a b", "[::1", "a?b", "::1"]
        {
            let read = read(&format!("nats://{text}"));
            assert!(matches!(read, Err(InvalidServers::Host(_))), "{text}: {read:?}");
        }
        let many = format!("nats://{}", vec!["a"; 33].join(","));
        assert_eq!(read(&many), Err(InvalidServers::TooMany(33)));
    }

    #[test]
    fn password_is_rejected_and_not_repeated() {
        for text in ["nats://joe:secret@a", "nats://a,secret@b", "secret@a", "nats://a?b=secret@"] {
            let error = text.parse::<Servers>().unwrap_err();
            assert_eq!(error, InvalidServers::Password);
            assert!(!error.to_string().contains("secret"));
        }
    }
}
