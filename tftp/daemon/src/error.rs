//! Why a daemon does not start, or why a generation is not published.

use std::io;
use std::path::PathBuf;

use adr_bundle::TreeError;
use adr_bundle::disk::Unfinished;
use adr_bundle::folder::phrase;
use adr_cucm_sync::live;
use adr_language::ReadBackError;
use adr_server::{BindError, LoadError, StartError, TlsError};
use adr_watcher::publish::{KeyError, PublishError};
use adr_watcher::sources::InputError;
use thiserror::Error;

/// Why a daemon does not start, or why a generation is not published.
#[derive(Debug, Error)]
pub enum Error {
    /// Rule sources cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A generation cannot be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The key that signs cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A published folder cannot be served.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Rules cannot be served from memory.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A client would read other rules from the files than those that were compiled.
    #[error(transparent)]
    ReadBack(#[from] ReadBackError),
    /// The server cannot listen on an address.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The server cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The admin port cannot be opened.
    #[error("{address}: {}", phrase(source))]
    Admin {
        /// The address.
        address: std::net::SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// The admin port of a server does not answer.
    #[error("{address}: {reason}")]
    AdminPort {
        /// The address.
        address: std::net::SocketAddr,
        /// The cause, as a phrase.
        reason: String,
    },
    /// A socket of systemd cannot be used.
    #[error("socket {position} of systemd, `{name}`: {reason}")]
    Handed {
        /// The position of the socket, from 0.
        position: usize,
        /// The `FileDescriptorName` of the socket.
        name: String,
        /// The cause, as a phrase.
        reason: String,
    },
    /// The watch on rule sources cannot start.
    #[error("watching: {}", phrase(.0))]
    Watch(#[source] io::Error),
    /// Signals cannot be received.
    #[error("signals: {}", phrase(.0))]
    Signals(#[source] io::Error),
    /// The certificate of HTTPS cannot be used.
    #[error(transparent)]
    Certificate(#[from] TlsError),
    /// The operating system does not start a thread.
    #[error("threads: {}", phrase(.0))]
    Threads(#[source] io::Error),
    /// The CUCM whose rules are part of the dial plan cannot be followed.
    #[error("CUCM {name}: {reason}")]
    Cluster {
        /// The cluster.
        name: String,
        /// The cause, as a phrase.
        reason: String,
        /// What to do; may be empty.
        help: String,
    },
    /// A file has rules in the view that a CUCM owns.
    #[error(
        "{file}:{line}: rules of the default view, which CUCM owns: its rules are in `{cluster}`"
    )]
    TwoOwners {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The rule source of the cluster.
        cluster: String,
    },
    /// Nothing is published in the cluster of this node yet.
    #[error("{name}: nothing is published there yet; adrc waits for the first generation")]
    NothingYet {
        /// The cluster.
        name: String,
    },
    /// A generation did not get to or from the cluster of this node in time.
    #[error(
        "{name}: no generation is transferred within {minutes} minutes; the connection is slow"
    )]
    SlowCluster {
        /// The cluster.
        name: String,
        /// The limit.
        minutes: u64,
    },
    /// Work on the disk did not end in time, or panicked.
    #[error(transparent)]
    Unfinished(#[from] Unfinished),
    /// The process ends while a generation is being written into this folder.
    #[error(
        "{}: publishing was interrupted; the previous generation is current, or the new one",
        .0.display()
    )]
    Interrupted(PathBuf),
    /// Settings contradict each other. The reason is a sentence, and the help is what to do.
    #[error("{reason}")]
    Settings {
        /// What is wrong.
        reason: String,
        /// What to do; may be empty.
        help: &'static str,
    },
}

impl Error {
    /// The error of a cluster that cannot be followed.
    pub(crate) fn of_cluster(cluster: &live::Settings, error: &live::StartError) -> Self {
        let (name, help) = (cluster.name.clone(), error.help());
        Self::Cluster { name, reason: error.to_string(), help }
    }

    /// Whether the error stays until the rules change, so that a retry is of no use.
    pub(crate) fn is_of_rules(&self) -> bool {
        self.is_panic()
            || matches!(self, Self::TwoOwners { .. } | Self::Input(InputError::Extra { .. }))
    }

    /// Whether a panic is the cause.
    pub(crate) fn is_panic(&self) -> bool {
        matches!(
            self,
            Self::Unfinished(Unfinished::Panicked(_)) | Self::Input(InputError::Internal { .. })
        )
    }

    /// What to do about the error; empty if the message is enough.
    #[must_use]
    pub fn help(&self) -> &str {
        match self {
            Self::Input(error) => error.help(),
            Self::Publish(PublishError::Publication(error) | PublishError::NotTaken(error)) => {
                error.help()
            }
            Self::Key(_) => "make a key with `adrc key new`",
            Self::Admin { .. } => {
                "name another address for the admin port with --admin, or `--admin off`"
            }
            Self::AdminPort { .. } => "start `adrc serve`, or name its admin port with --admin",
            Self::Handed { .. } => {
                "name the sockets of the unit `tftp` (datagram), `http`, `https` and `admin` (stream) by \
                 FileDescriptorName"
            }
            Self::Unfinished(Unfinished::TimedOut(_) | Unfinished::TooManyHang) => {
                "check the disk or network drive"
            }
            Self::Watch(_) => "switch it off with --no-watch",
            Self::Settings { help, .. } => help,
            Self::Cluster { help, .. } => help,
            Self::TwoOwners { .. } => {
                "remove the block, or give the cluster a site: `view` and `clients` of its table in \
                 adrc.toml"
            }
            _ => "",
        }
    }
}
