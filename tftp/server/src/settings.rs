//! Settings of a server: a plain value that a configuration file or flags can give.

mod addresses;
mod deny;
mod host;
pub mod list;
mod ranges;
mod renamed;
mod upstream_server;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use adr_bundle::Case;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::limits::Limits;

pub use renamed::renamed_setting;
pub use upstream_server::{HTTP_PORT, InvalidHost, TFTP_PORT, UpstreamServer};

/// CUCM's port for files by HTTPS.
pub const HTTPS_PORT: u16 = 6972;

/// A pattern of CUCM's list of all devices, from which an attacker would learn every phone, and of
/// its signed and compressed forms.
pub const DEVICE_LIST: &str = "ConfigFileCacheList.txt*";

/// Settings of a server. The default has no address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Addresses for TFTP, each with its own socket. Port 0 takes any free port.
    #[serde(deserialize_with = "list::one_or_many")]
    pub tftp: Vec<SocketAddr>,
    /// Addresses for HTTP.
    #[serde(deserialize_with = "list::one_or_many")]
    pub http: Vec<SocketAddr>,
    /// Addresses for HTTPS; they need [`Settings::tls`].
    #[serde(deserialize_with = "list::one_or_many")]
    pub https: Vec<SocketAddr>,
    /// Certificate and key for HTTPS.
    pub tls: Option<TlsFiles>,
    /// Whether a name that does not exist exactly is also looked up ignoring the case of `A-Z`.
    /// CUCM compares names exactly.
    pub case_insensitive: bool,
    /// Networks of proxies whose `X-Forwarded-For` is trusted.
    #[serde(deserialize_with = "list::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Networks without limits per client address, for relays and the like; loopback by default.
    /// Limits on the total still apply.
    #[serde(deserialize_with = "list::networks")]
    pub exempt: Vec<IpNet>,
    /// A folder of further files. Published files take precedence. Symbolic links that lead out of
    /// the folder are not followed.
    pub root: Option<PathBuf>,
    /// Servers to ask, in this order, for files that are neither published nor in
    /// [`Settings::root`].
    #[serde(deserialize_with = "list::one_or_many")]
    pub upstream: Vec<UpstreamServer>,
    /// Patterns of names that are not served from `root` or from upstream servers, in any folder
    /// and ignoring case; `*` stands for any characters. A pattern has no folder itself.
    /// [`DEVICE_LIST`] by default.
    #[serde(deserialize_with = "list::one_or_many")]
    pub deny: Vec<String>,
    /// Limits on what clients can ask for.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tftp: Vec::new(),
            http: Vec::new(),
            https: Vec::new(),
            tls: None,
            case_insensitive: false,
            trusted_proxies: Vec::new(),
            exempt: loopback(),
            root: None,
            upstream: Vec::new(),
            deny: vec![DEVICE_LIST.to_owned()],
            limits: Limits::default(),
        }
    }
}

/// Loopback: such clients are on this machine, or behind a relay on it.
fn loopback() -> Vec<IpNet> {
    let networks =
        [IpNet::new(Ipv4Addr::LOCALHOST.into(), 8), IpNet::new(Ipv6Addr::LOCALHOST.into(), 128)];
    networks.into_iter().flatten().map(|network| network.trunc()).collect()
}

/// Paths of certificate and key, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate, followed by the intermediate certificates.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Settings {
    pub(crate) fn case(&self) -> Case {
        if self.case_insensitive { Case::Insensitive } else { Case::Exact }
    }

    /// Checks the values; opens nothing.
    ///
    /// # Errors
    ///
    /// Every invalid setting.
    pub fn check(&self) -> Result<(), Vec<InvalidSetting>> {
        let mut wrong = ranges::wrong(&self.limits);
        wrong.extend(addresses::wrong(self));
        wrong.extend(host::repeated_upstream(&self.upstream));
        wrong.extend(deny::wrong(&self.deny));
        if !self.https.is_empty() && self.tls.is_none() {
            wrong.push(InvalidSetting {
                setting: "https".to_owned(),
                reason: "`https` needs `tls`: name a certificate and its key".to_owned(),
            });
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Checks the settings `admin` and `admin_hosts` of an admin port beside this server: its
    /// address, unless it has none, and the names under which it is to answer.
    ///
    /// # Errors
    ///
    /// The address that the server listens on as well, and every text that is not a host name.
    ///
    /// ```
    /// use adr_server::Settings;
    ///
    /// let http = vec!["0.0.0.0:6970".parse()?];
    /// let settings = Settings { http, ..Settings::default() };
    /// let check = |address: &str| settings.check_admin(address.parse().ok(), &[]);
    /// assert!(check("127.0.0.1:6980").is_ok());
    /// assert!(check("127.0.0.1:6970").is_err());
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn check_admin(
        &self,
        address: Option<SocketAddr>,
        hosts: &[String],
    ) -> Result<(), Vec<InvalidSetting>> {
        let mut wrong: Vec<_> =
            address.and_then(|address| addresses::wrong_admin(self, address)).into_iter().collect();
        wrong.extend(host::wrong_admin_hosts(hosts));
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// An invalid setting; the message names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidSetting {
    /// Keys and positions that lead to it, joined by dots: `limits.tftp.retries`, `http.1`.
    pub setting: String,
    /// What is wrong, as a sentence that names the setting.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstream_limits_that_would_block_every_fetch_are_invalid() {
        let mut settings = Settings::default();
        assert_eq!(settings.check(), Ok(()));
        let upstream = &mut settings.limits.upstream;
        upstream.timeout_milliseconds = 0;
        upstream.max_concurrent_fetches = 0;
        upstream.max_queued_requests = 0;
        let wrong = settings.check().unwrap_err();
        assert!(wrong.iter().all(|wrong| wrong.reason.contains(" must be 1 to ")), "{wrong:?}");
        assert_eq!(wrong.len(), 3);
    }

    #[test]
    fn limits_that_would_serve_no_client_are_invalid() {
        let wrong = |change: fn(&mut Limits)| {
            let mut settings = Settings::default();
            change(&mut settings.limits);
            settings.check().map_err(|wrong| wrong.len())
        };
        assert_eq!(wrong(|_| {}), Ok(()));
        for zero in [
            (|limits| limits.tftp.max_transfers = 0) as fn(&mut Limits),
            |limits| limits.tftp.max_transfers_per_client = 0,
            |limits| limits.tftp.max_unacknowledged_per_client = 0,
            |limits| limits.tftp.timeout_milliseconds = 0,
            |limits| limits.tftp.timeout_milliseconds = 3_600_001,
            |limits| limits.tftp.max_unacknowledged = 0,
            |limits| limits.tftp.max_block_size = 0,
            |limits| limits.tftp.max_window_size = 0,
            |limits| limits.http.max_connections = 0,
            |limits| limits.http.max_connections_per_client = 0,
            |limits| limits.http.max_header_bytes = 0,
            |limits| limits.http.header_timeout_milliseconds = 0,
            |limits| limits.http.handshake_timeout_milliseconds = 0,
            |limits| limits.http.write_timeout_milliseconds = 0,
        ] {
            assert_eq!(wrong(zero), Err(1));
        }
        // sending no block again is a valid choice
        assert_eq!(wrong(|limits| limits.tftp.retries = 0), Ok(()));
    }
}
