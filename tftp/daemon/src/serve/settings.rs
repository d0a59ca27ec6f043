//! What serving takes and gives.

use std::net::SocketAddr;

use adr_language::Levels;
use adr_server::Settings as ServerSettings;
use adr_watcher::watch::Timing;

use crate::log::LogFormat;
use crate::{Publishing, Source};

/// What to serve, where, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is served.
    pub source: Source,
    /// Addresses, proxies, upstream servers and limits of the server.
    pub server: ServerSettings,
    /// Whether the addresses for TFTP in `server` are the default. If they are, the server starts
    /// without those that a system without IPv6 does not have.
    pub is_tftp_default: bool,
    /// The same for HTTP.
    pub is_http_default: bool,
    /// Where the admin port listens; `None` to switch it off.
    pub admin: Option<SocketAddr>,
    /// Whether `POST /-/reload` on the admin port reloads.
    pub admin_reload: bool,
    /// How the log is written.
    pub log: LogFormat,
    /// How soon changes are noticed; `None` to reload on request only.
    pub watch: Option<Timing>,
    /// What findings weigh.
    pub levels: Levels,
    /// How generations are published.
    pub publishing: Publishing,
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A signal ended it.
    Stopped,
    /// The rules have errors, which were shown, and nothing was published before.
    NothingToServe,
}

/// What [`check`](super::check) found to be good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Views that would be served.
    pub views: usize,
    /// Files that would be served.
    pub files: usize,
}
