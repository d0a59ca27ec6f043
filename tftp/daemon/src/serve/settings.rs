//! The settings of `adrc serve`, and its results.

use std::net::SocketAddr;

use adr_language::Levels;
use adr_server::Settings as ServerSettings;
use adr_watcher::watch::Timing;

use crate::log::LogFormat;
use crate::{Publishing, Source};

/// What to serve, where, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The source of the generations that are served.
    pub source: Source,
    /// Addresses, proxies, upstream servers and limits of the server.
    pub server: ServerSettings,
    /// Whether the addresses for TFTP in `server` are the default ones. If they are, the server
    /// skips IPv6 addresses on a system without IPv6.
    pub is_tftp_default: bool,
    /// The same for HTTP.
    pub is_http_default: bool,
    /// The address of the admin port; `None` disables it.
    pub admin: Option<SocketAddr>,
    /// Whether `POST /-/reload` on the admin port reads the rules again.
    pub admin_reload: bool,
    /// The format of the log.
    pub log: LogFormat,
    /// How soon the watch notices changes; `None` to reload only on request.
    pub watch: Option<Timing>,
    /// The severity of findings.
    pub levels: Levels,
    /// How generations are published.
    pub publishing: Publishing,
}

/// Why serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A signal ended it.
    Stopped,
    /// The rules have errors, which were shown, and nothing was published before.
    NothingToServe,
}

/// The size of what [`check`](super::check) found to be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Views that would be served.
    pub views: usize,
    /// Files that would be served.
    pub files: usize,
}
