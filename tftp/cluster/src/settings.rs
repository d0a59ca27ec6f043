//! Where the publication is, and how nodes authenticate.

use std::path::PathBuf;
use std::time::Duration;

use adr_watcher::publish::DEFAULT_KEPT_GENERATIONS;

use crate::servers::Servers;

/// Where the publication is, and how this process authenticates.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The NATS servers. Only these are used, and not those that a server names itself.
    pub servers: Servers,
    /// The name of the bucket, see [`is_bucket_name`]. The names of everything else that belongs to
    /// the publication begin with it.
    pub bucket: String,
    /// How this process authenticates.
    pub credentials: Credentials,
    /// A file with the certificates of authorities in PEM. Only these are trusted then, and
    /// connections have to be encrypted. `None`: those of the system are trusted.
    pub ca: Option<PathBuf>,
    /// How many generations the publication keeps after this process published; at least 1.
    pub keep: usize,
    /// Milliseconds over which client cores spread their fetches, for announcements; 0: at once.
    pub window: u64,
    /// Files that no generation has are removed after this long. It has to be longer than any
    /// publishing takes, because a publisher stores its files before they belong to a generation.
    pub unused_for: Duration,
    /// A call that reads or writes little blocks at most this long: [`Self::CALL_LIMIT`], or
    /// [`Self::ELECTION_LIMIT`] for a command that is to succeed after an election.
    pub call_limit: Duration,
}

/// How a process authenticates to NATS. The files are read for each connection, so a new file is
/// used without a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Not at all.
    #[default]
    None,
    /// By a file with a JWT and a seed, as `nsc` writes it.
    Creds(PathBuf),
    /// By a file with the seed of an nkey.
    Nkey(PathBuf),
    /// By a file with a token.
    TokenFile(PathBuf),
}

impl Settings {
    /// The bucket's name by default.
    pub const BUCKET: &str = "adrc";

    /// How long a call blocks in a node, which tries again by itself.
    pub const CALL_LIMIT: Duration = Duration::from_secs(10);

    /// How long a call blocks in a command, which nobody is to run again because NATS servers elect
    /// a leader. An election takes them 4 to 9 seconds, and they may need several.
    pub const ELECTION_LIMIT: Duration = Duration::from_secs(30);

    /// The defaults for these servers: no authentication, the bucket [`Self::BUCKET`], calls of a
    /// node.
    #[must_use]
    pub fn new(servers: Servers) -> Self {
        Self {
            servers,
            bucket: Self::BUCKET.to_owned(),
            credentials: Credentials::None,
            ca: None,
            keep: DEFAULT_KEPT_GENERATIONS,
            window: 0,
            unused_for: Duration::from_secs(60 * 60),
            call_limit: Self::CALL_LIMIT,
        }
    }
}

/// Whether a bucket may have this name: 1 to 63 characters of `A-Z a-z 0-9 - _`.
///
/// ```
/// assert!(adr_cluster::is_bucket_name("adrc"));
/// assert!(!adr_cluster::is_bucket_name("a.b") && !adr_cluster::is_bucket_name(""));
/// ```
#[must_use]
pub fn is_bucket_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&name.len()) && name.bytes().all(is_inner)
}
