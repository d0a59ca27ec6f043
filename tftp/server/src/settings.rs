//! What a server is told: addresses, names, neighbours, limits. A plain value, so that a file or
//! flags can give it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use adr_bundle::Case;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// The port of TFTP.
pub const TFTP_PORT: u16 = 69;
/// CUCM's port for files by HTTP.
pub const HTTP_PORT: u16 = 6970;
/// CUCM's port for files by HTTPS.
pub const HTTPS_PORT: u16 = 6972;

/// CUCM's list of all devices, which tells a stranger whom there is to call.
pub const DEVICE_LIST: &str = "ConfigFileCacheList.txt";

/// Settings of a server. The default listens nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Addresses for TFTP; each gets a socket of its own. Port 0 takes a free one.
    pub tftp: Vec<SocketAddr>,
    /// Addresses for HTTP.
    pub http: Vec<SocketAddr>,
    /// Addresses for HTTPS; needs [`Settings::tls`].
    pub https: Vec<SocketAddr>,
    /// Certificate and key for HTTPS.
    pub tls: Option<TlsFiles>,
    /// Whether a name that is not there exactly is looked for in any case of `A-Z`. CUCM compares
    /// exactly.
    pub any_case: bool,
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpNet>,
    /// Networks whose addresses have no share of their own, only that of all: relays and the like;
    /// loopback unless told otherwise.
    pub uncounted: Vec<IpNet>,
    /// A folder whose files are served beside those of the tree, which come first. Links that lead
    /// out of it are not followed.
    pub root: Option<PathBuf>,
    /// Servers that are asked, in this order, for what is neither in the tree nor in
    /// [`Settings::root`].
    pub upstream: Vec<UpstreamServer>,
    /// Names, in any folder and any case of letters, that are not passed through from upstream or
    /// `root`; [`DEVICE_LIST`] unless told otherwise.
    pub deny: Vec<String>,
    /// What strangers can ask for.
    pub limits: Limits,
}

/// A TFTP server of CUCM. serde reads a host's name alone, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Told")]
pub struct UpstreamServer {
    /// Its name or address.
    pub host: String,
    /// The port of files by HTTP, 6970 unless told otherwise; 0 does not ask by HTTP.
    pub http: u16,
    /// The port of TFTP, 69 unless told otherwise; 0 does not ask by TFTP.
    pub tftp: u16,
}

/// How a server is told.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a host, or a table of `host`, `http` and `tftp`")]
enum Told {
    Host(String),
    Server { host: String, http: Option<u16>, tftp: Option<u16> },
}

impl TryFrom<Told> for UpstreamServer {
    type Error = Unusable;

    fn try_from(told: Told) -> Result<Self, Unusable> {
        let (host, http, tftp) = match told {
            Told::Host(host) => (host, None, None),
            Told::Server { host, http, tftp } => (host, http, tftp),
        };
        let server: Self = host.parse()?;
        Ok(Self { http: http.unwrap_or(server.http), tftp: tftp.unwrap_or(server.tftp), ..server })
    }
}

impl FromStr for UpstreamServer {
    type Err = Unusable;

    /// A name or address, with the ports of CUCM.
    fn from_str(host: &str) -> Result<Self, Unusable> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_name = |host: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            !host.is_empty() && host.bytes().all(known)
        };
        if !is_name(host) && host.parse::<std::net::IpAddr>().is_err() {
            return Err(Unusable(
                "an upstream server is a host name or an address, such as `cucm-tftp-1` or `10.0.0.5`",
            ));
        }
        Ok(Self { host: host.to_owned(), http: HTTP_PORT, tftp: TFTP_PORT })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tftp: Vec::new(),
            http: Vec::new(),
            https: Vec::new(),
            tls: None,
            any_case: false,
            proxies: Vec::new(),
            uncounted: loopback(),
            root: None,
            upstream: Vec::new(),
            deny: vec![DEVICE_LIST.to_owned()],
            limits: Limits::default(),
        }
    }
}

/// Clients on this machine: they stand for nobody, or for everybody behind a relay.
fn loopback() -> Vec<IpNet> {
    let networks =
        [IpNet::new(Ipv4Addr::LOCALHOST.into(), 8), IpNet::new(Ipv6Addr::LOCALHOST.into(), 128)];
    networks.into_iter().flatten().map(|network| network.trunc()).collect()
}

/// Where certificate and key lie, both PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate, then those that lead to its root.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Settings {
    pub(crate) fn case(&self) -> Case {
        if self.any_case { Case::Any } else { Case::Exact }
    }

    /// Whether the settings make sense; opens nothing.
    ///
    /// # Errors
    ///
    /// Everything that does not, a phrase each.
    pub fn check(&self) -> Result<(), Vec<Unusable>> {
        let Limits { tftp, http, upstream, .. } = &self.limits;
        let wrong = [
            (
                !self.https.is_empty() && self.tls.is_none(),
                "`https` needs `tls`: name a certificate and its key",
            ),
            (
                tftp.timeout_milliseconds == 0,
                "`limits.tftp.timeout_milliseconds` must be 1 or more",
            ),
            (
                !(8..=65_464).contains(&tftp.block_size),
                "`limits.tftp.block_size` must be 8 to 65464",
            ),
            (tftp.window_size == 0, "`limits.tftp.window_size` must be 1 or more"),
            (
                tftp.transfers == 0 || tftp.transfers_per_client == 0,
                "`limits.tftp.transfers` and `limits.tftp.transfers_per_client` must be 1 or more, or nobody is served",
            ),
            (
                tftp.unanswered_per_client == 0,
                "`limits.tftp.unanswered_per_client` must be 1 or more",
            ),
            (tftp.behind_milliseconds == 0, "`limits.tftp.behind_milliseconds` must be 1 or more"),
            (
                http.connections == 0 || http.connections_per_client == 0,
                "`limits.http.connections` and `limits.http.connections_per_client` must be 1 or more, or nobody is served",
            ),
            (
                http.header_milliseconds == 0
                    || http.handshake_milliseconds == 0
                    || http.write_milliseconds == 0,
                "the times of `limits.http` must be 1 or more",
            ),
            (http.header_bytes < 8_192, "`limits.http.header_bytes` must be 8192 or more"),
            (
                upstream.timeout_milliseconds == 0,
                "`limits.upstream.timeout_milliseconds` must be 1 or more",
            ),
            (upstream.fetches == 0, "`limits.upstream.fetches` must be 1 or more"),
            (upstream.waiting == 0, "`limits.upstream.waiting` must be 1 or more"),
        ];
        let wrong = wrong.into_iter().filter(|(wrong, _)| *wrong);
        let wrong: Vec<_> = wrong.map(|(_, what)| Unusable(what)).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// A setting that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unusable(&'static str);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unusable {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_would_hang_every_fetch_are_refused() {
        let mut settings = Settings::default();
        assert_eq!(settings.check(), Ok(()));
        let upstream = &mut settings.limits.upstream;
        upstream.timeout_milliseconds = 0;
        upstream.fetches = 0;
        upstream.waiting = 0;
        let wrong = settings.check().unwrap_err();
        assert!(wrong.iter().all(|wrong| wrong.0.ends_with("1 or more")));
        assert_eq!(wrong.len(), 3);
    }

    #[test]
    fn limits_under_which_nobody_is_served_make_no_sense() {
        let wrong = |change: fn(&mut Limits)| {
            let mut settings = Settings::default();
            change(&mut settings.limits);
            settings.check().map_err(|wrong| wrong.len())
        };
        assert_eq!(wrong(|_| {}), Ok(()));
        for zero in [
            (|limits| limits.tftp.transfers = 0) as fn(&mut Limits),
            |limits| limits.tftp.transfers_per_client = 0,
            |limits| limits.tftp.unanswered_per_client = 0,
            |limits| limits.tftp.timeout_milliseconds = 0,
            |limits| limits.tftp.behind_milliseconds = 0,
            |limits| limits.tftp.block_size = 0,
            |limits| limits.tftp.window_size = 0,
            |limits| limits.http.connections = 0,
            |limits| limits.http.connections_per_client = 0,
            |limits| limits.http.header_bytes = 0,
            |limits| limits.http.header_milliseconds = 0,
            |limits| limits.http.handshake_milliseconds = 0,
            |limits| limits.http.write_milliseconds = 0,
        ] {
            assert_eq!(wrong(zero), Err(1));
        }
        // a block that is never sent again is a choice
        assert_eq!(wrong(|limits| limits.tftp.retries = 0), Ok(()));
    }
}
