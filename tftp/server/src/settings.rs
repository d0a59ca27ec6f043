//! What a server is told: addresses, names, neighbours, limits. A plain value, so that a file or flags can give it.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use adr_tree::Case;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// The port of TFTP.
pub const TFTP_PORT: u16 = 69;
/// CUCM's port for files by HTTP.
pub const HTTP_PORT: u16 = 6970;
/// CUCM's port for files by HTTPS.
pub const HTTPS_PORT: u16 = 6972;

/// Settings of a server. The default listens nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whether a name that is not there exactly is looked for in any case of `A-Z`. CUCM compares exactly.
    pub any_case: bool,
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpNet>,
    /// What strangers can ask for.
    pub limits: Limits,
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
        if self.any_case {
            Case::Any
        } else {
            Case::Exact
        }
    }

    /// Whether the settings make sense; opens nothing.
    ///
    /// # Errors
    ///
    /// Everything that does not, a phrase each.
    pub fn check(&self) -> Result<(), Vec<Unusable>> {
        let tftp = &self.limits.tftp;
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
            (
                tftp.window_size == 0,
                "`limits.tftp.window_size` must be 1 or more",
            ),
            (
                self.limits.http.header_bytes < 8_192,
                "`limits.http.header_bytes` must be 8192 or more",
            ),
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
