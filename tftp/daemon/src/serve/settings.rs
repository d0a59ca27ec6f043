//! The settings of `adrc serve`, and its results.

use std::net::SocketAddr;
use std::path::PathBuf;

use adr_language::Levels;
use adr_server::{InvalidSetting, Settings as ServerSettings};
use adr_watcher::supervisor::Origin;
use adr_watcher::watch::Timing;

use crate::log::LogFormat;
use crate::{Error, Nodes, Publishing, Source};

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
    /// Host names, besides `localhost`, under which the admin port answers.
    pub admin_hosts: Vec<String>,
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
    /// The cluster of which this server is a node; `None` without one.
    pub nodes: Option<Nodes>,
}

impl Settings {
    /// Checks the values; opens nothing.
    ///
    /// # Errors
    ///
    /// Every invalid setting, in one message.
    pub fn check(&self) -> Result<(), Error> {
        let checked = self.server.check();
        let checked = checked.and_then(|()| self.server.check_admin(self.admin, &self.admin_hosts));
        let reason = |wrong: Vec<InvalidSetting>| {
            let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
            wrong.join("; ")
        };
        checked.map_err(|wrong| Error::Settings { reason: reason(wrong), help: "" })
    }

    /// Where the server would listen: a line for each protocol that has addresses.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        let server = &self.server;
        let protocols = [("TFTP", &server.tftp), ("HTTP", &server.http), ("HTTPS", &server.https)];
        let used = protocols.into_iter().filter(|(_, addresses)| !addresses.is_empty());
        used.map(|(protocol, addresses)| {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!("{protocol} would listen on {}", addresses.join(", "))
        })
        .collect()
    }

    /// The files that the server reads by their own paths: rules, certificate and key.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let rules = self.source.paths().unwrap_or_default().iter().map(PathBuf::from);
        let tls = self.server.tls.iter();
        rules.chain(tls.flat_map(|tls| [tls.certificate.clone(), tls.key.clone()])).collect()
    }

    /// Where the generations come from.
    ///
    /// # Errors
    ///
    /// A cluster is followed without a watch.
    pub(super) fn origin(&self) -> Result<Origin, Error> {
        match (&self.source, self.watch) {
            (Source::Published(_), _) => Ok(Origin::PublishedFolder),
            (Source::Rules { .. }, Some(_)) => Ok(Origin::WatchedSources),
            (Source::Rules { cluster: None, .. }, None) => Ok(Origin::Sources),
            (Source::Rules { cluster: Some(cluster), .. }, None) => Err(Error::Settings {
                reason: format!("adrc cannot follow CUCM {} without a watch", cluster.name),
                help: "leave --no-watch and `watch = false` out",
            }),
        }
    }
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
