//! One upstream server of the settings.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::host::is_host_name;

/// The port of TFTP.
pub const TFTP_PORT: u16 = 69;
/// CUCM's port for files by HTTP.
pub const HTTP_PORT: u16 = 6970;

/// A TFTP server of CUCM. A configuration file may give only its host, as a string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpstreamServer {
    /// Its host name or address.
    pub host: String,
    /// The port for files by HTTP, 6970 by default; 0 disables HTTP.
    pub http: u16,
    /// The port of TFTP, 69 by default; 0 disables TFTP.
    pub tftp: u16,
}

/// The form of a server with ports.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    host: String,
    http: Option<u16>,
    tftp: Option<u16>,
}

impl TryFrom<Table> for UpstreamServer {
    type Error = InvalidHost;

    fn try_from(given: Table) -> Result<Self, InvalidHost> {
        let server: Self = given.host.parse()?;
        let (http, tftp) = (given.http.unwrap_or(server.http), given.tftp.unwrap_or(server.tftp));
        if (http, tftp) == (0, 0) {
            return Err(InvalidHost::NoProtocol);
        }
        Ok(Self { http, tftp, ..server })
    }
}

impl<'de> Deserialize<'de> for UpstreamServer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(HostOrTable)
    }
}

/// The two forms of a server in a configuration file.
struct HostOrTable;

impl<'de> Visitor<'de> for HostOrTable {
    type Value = UpstreamServer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a host, or a table of `host`, `http` and `tftp`")
    }

    fn visit_str<E: de::Error>(self, host: &str) -> Result<UpstreamServer, E> {
        host.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<UpstreamServer, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(table))?;
        table.try_into().map_err(de::Error::custom)
    }
}

impl FromStr for UpstreamServer {
    type Err = InvalidHost;

    /// Reads a host name or address, and sets the ports of CUCM.
    fn from_str(host: &str) -> Result<Self, InvalidHost> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if !is_host_name(host) && host.parse::<IpAddr>().is_err() {
            return Err(InvalidHost::NotAHost);
        }
        Ok(Self { host: host.to_owned(), http: HTTP_PORT, tftp: TFTP_PORT })
    }
}

/// An upstream server that cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHost {
    /// The host is neither a name nor an address.
    #[error("an upstream server is a host name or an address, such as `cucm-tftp-1` or `10.0.0.5`")]
    NotAHost,
    /// Both protocols are disabled.
    #[error("an upstream server without HTTP and TFTP cannot be asked; leave one of the ports out")]
    NoProtocol,
}
