//! One upstream server of the settings.

use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The port of TFTP.
pub const TFTP_PORT: u16 = 69;
/// CUCM's port for files by HTTP.
pub const HTTP_PORT: u16 = 6970;

/// A TFTP server of CUCM. A configuration file may give only its host, as a string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "HostOrTable")]
pub struct UpstreamServer {
    /// Its host name or address.
    pub host: String,
    /// The port for files by HTTP, 6970 by default; 0 disables HTTP.
    pub http: u16,
    /// The port of TFTP, 69 by default; 0 disables TFTP.
    pub tftp: u16,
}

/// The two forms of a server in a configuration file.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a host, or a table of `host`, `http` and `tftp`")]
enum HostOrTable {
    Host(String),
    Table { host: String, http: Option<u16>, tftp: Option<u16> },
}

impl TryFrom<HostOrTable> for UpstreamServer {
    type Error = InvalidHost;

    fn try_from(given: HostOrTable) -> Result<Self, InvalidHost> {
        let (host, http, tftp) = match given {
            HostOrTable::Host(host) => (host, None, None),
            HostOrTable::Table { host, http, tftp } => (host, http, tftp),
        };
        let server: Self = host.parse()?;
        Ok(Self { http: http.unwrap_or(server.http), tftp: tftp.unwrap_or(server.tftp), ..server })
    }
}

impl FromStr for UpstreamServer {
    type Err = InvalidHost;

    /// Reads a host name or address, and sets the ports of CUCM.
    fn from_str(host: &str) -> Result<Self, InvalidHost> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_name = |host: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            !host.is_empty() && host.bytes().all(known)
        };
        if !is_name(host) && host.parse::<IpAddr>().is_err() {
            return Err(InvalidHost);
        }
        Ok(Self { host: host.to_owned(), http: HTTP_PORT, tftp: TFTP_PORT })
    }
}

/// The host of an upstream server is neither a name nor an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an upstream server is a host name or an address, such as `cucm-tftp-1` or `10.0.0.5`")]
pub struct InvalidHost;
