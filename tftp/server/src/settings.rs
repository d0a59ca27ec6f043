//! Settings of a server: a plain value that a configuration file or flags can give.

mod renamed;
mod upstream_server;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use adr_bundle::Case;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::limits::{HttpLimits, Limits, TftpLimits, UpstreamLimits};

pub use renamed::renamed_setting;
pub use upstream_server::{HTTP_PORT, InvalidHost, TFTP_PORT, UpstreamServer};

/// CUCM's port for files by HTTPS.
pub const HTTPS_PORT: u16 = 6972;

/// CUCM's list of all devices, from which an attacker would learn every phone.
pub const DEVICE_LIST: &str = "ConfigFileCacheList.txt";

/// Settings of a server. The default has no address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Addresses for TFTP, each with its own socket. Port 0 takes any free port.
    pub tftp: Vec<SocketAddr>,
    /// Addresses for HTTP.
    pub http: Vec<SocketAddr>,
    /// Addresses for HTTPS; they need [`Settings::tls`].
    pub https: Vec<SocketAddr>,
    /// Certificate and key for HTTPS.
    pub tls: Option<TlsFiles>,
    /// Whether a name that does not exist exactly is also looked up ignoring the case of `A-Z`.
    /// CUCM compares names exactly.
    pub case_insensitive: bool,
    /// Networks of proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks without limits per client address, for relays and the like; loopback by default.
    /// Limits on the total still apply.
    pub exempt: Vec<IpNet>,
    /// A folder of further files. Published files take precedence. Symbolic links that lead out of
    /// the folder are not followed.
    pub root: Option<PathBuf>,
    /// Servers to ask, in this order, for files that are neither published nor in
    /// [`Settings::root`].
    pub upstream: Vec<UpstreamServer>,
    /// Names that are not served from `root` or from upstream servers, in any folder and ignoring
    /// case; [`DEVICE_LIST`] by default.
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
        let has_no_certificate = !self.https.is_empty() && self.tls.is_none();
        let https = (has_no_certificate, "`https` needs `tls`: name a certificate and its key");
        let limits = &self.limits;
        let wrong: Vec<_> = [https]
            .into_iter()
            .chain(wrong_tftp(&limits.tftp))
            .chain(wrong_http(&limits.http))
            .chain(wrong_upstream(&limits.upstream))
            .filter(|(is_wrong, _)| *is_wrong)
            .map(|(_, text)| InvalidSetting(text))
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// Whether a setting is invalid, and the message for that case.
type Check = (bool, &'static str);

fn wrong_tftp(tftp: &TftpLimits) -> [Check; 5] {
    [
        (
            !(1..=3_600_000).contains(&tftp.timeout_milliseconds),
            "`limits.tftp.timeout_milliseconds` must be 1 to 3600000",
        ),
        (
            !(8..=65_464).contains(&tftp.max_block_size),
            "`limits.tftp.max_block_size` must be 8 to 65464",
        ),
        (tftp.max_window_size == 0, "`limits.tftp.max_window_size` must be 1 or more"),
        (
            tftp.max_transfers == 0 || tftp.max_transfers_per_client == 0,
            "`limits.tftp.max_transfers` and `limits.tftp.max_transfers_per_client` must be 1 or more",
        ),
        (
            tftp.max_unacknowledged == 0 || tftp.max_unacknowledged_per_client == 0,
            "`limits.tftp.max_unacknowledged` and `limits.tftp.max_unacknowledged_per_client` must be 1 or more",
        ),
    ]
}

fn wrong_http(http: &HttpLimits) -> [Check; 3] {
    [
        (
            http.max_connections == 0 || http.max_connections_per_client == 0,
            "`limits.http.max_connections` and `limits.http.max_connections_per_client` must be 1 or more",
        ),
        (
            http.header_timeout_milliseconds == 0
                || http.handshake_timeout_milliseconds == 0
                || http.write_timeout_milliseconds == 0,
            "the timeouts of `limits.http` must be 1 or more",
        ),
        (http.max_header_bytes < 8_192, "`limits.http.max_header_bytes` must be 8192 or more"),
    ]
}

fn wrong_upstream(upstream: &UpstreamLimits) -> [Check; 3] {
    [
        (
            upstream.timeout_milliseconds == 0,
            "`limits.upstream.timeout_milliseconds` must be 1 or more",
        ),
        (
            upstream.max_concurrent_fetches == 0,
            "`limits.upstream.max_concurrent_fetches` must be 1 or more",
        ),
        (
            upstream.max_queued_requests == 0,
            "`limits.upstream.max_queued_requests` must be 1 or more",
        ),
    ]
}

/// An invalid setting; the message names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSetting(&'static str);

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
        assert!(wrong.iter().all(|wrong| wrong.0.ends_with("1 or more")));
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
