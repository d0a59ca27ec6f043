//! The source of generations, and how they are published.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_cucm_sync::live;
use adr_watcher::publish::{KeyError, KeySigner, Published, Publisher, SigningPolicy};
use adr_watcher::watch::Watched;

/// The source of the generations that are served or published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Rule sources. adrc compiles them and, if `publish` is set, publishes them into that folder.
    Rules {
        /// The paths as the user wrote them.
        paths: Vec<String>,
        /// The published folder.
        publish: Option<PathBuf>,
        /// A CUCM whose rules are part of the dial plan.
        cluster: Option<Box<live::Settings>>,
    },
    /// A folder that another process publishes into.
    Published(PathBuf),
}

impl Source {
    /// The CUCM whose rules are part of the dial plan.
    #[must_use]
    pub fn cluster(&self) -> Option<&live::Settings> {
        match self {
            Self::Rules { cluster, .. } => cluster.as_deref(),
            Self::Published(_) => None,
        }
    }

    /// What a watch reads.
    pub(crate) fn watched(&self) -> Option<Watched> {
        let paths = self.paths()?.to_vec();
        Some(Watched { paths, extra: self.cluster().map(live::Settings::source_name) })
    }

    /// The rule sources that are files.
    #[must_use]
    pub fn paths(&self) -> Option<&[String]> {
        match self {
            Self::Rules { paths, .. } => Some(paths),
            Self::Published(_) => None,
        }
    }

    /// The folder that this process publishes into.
    #[must_use]
    pub fn publishes_into(&self) -> Option<&Path> {
        match self {
            Self::Rules { publish, .. } => publish.as_deref(),
            Self::Published(_) => None,
        }
    }

    /// The folder that is served or published into.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Rules { publish, .. } => publish.as_deref(),
            Self::Published(folder) => Some(folder),
        }
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rules { paths, cluster, .. } => {
                let cluster = cluster.as_ref().map(|cluster| cluster.source_name());
                let names: Vec<String> = paths.iter().cloned().chain(cluster).collect();
                f.write_str(&names.join(" "))
            }
            Self::Published(folder) => folder.display().fmt(f),
        }
    }
}

/// How generations are published.
#[derive(Clone, Debug)]
pub struct Publishing {
    /// How many generations are kept, including the current one.
    pub keep: usize,
    /// The key that signs generations, and the validity of signatures; `None` for no signature.
    pub signing: Option<SigningPolicy>,
    /// The name of this host: with their paths, it tells rule sources from those of other hosts.
    pub host: String,
    /// Who publishes, for the history; `None` if that is not known.
    pub user: Option<String>,
    /// The version of adrc in manifests.
    pub version: &'static str,
    /// The clock: seconds since 1970, UTC.
    pub now: fn() -> u64,
}

impl Publishing {
    /// A publisher into a folder, with the present time.
    #[must_use]
    pub fn publisher<'p>(&self, folder: &'p Path) -> Publisher<'p> {
        Publisher::new(folder, self.version, (self.now)()).keeping(self.keep)
    }

    /// Reads the key that signs now; `None` for no signature.
    pub(crate) fn signer(&self) -> Result<Option<KeySigner>, KeyError> {
        let policy = self.signing.as_ref();
        policy.map(|policy| policy.signer((self.now)())).transpose()
    }

    /// The time between two checks whether the signature must be renewed; `None` for never.
    #[must_use]
    pub fn renewal_interval(&self) -> Option<Duration> {
        self.signing.as_ref()?.renewal_interval()
    }
}

/// The message after a dial plan was published into a folder. `content` describes the new
/// generation.
#[must_use]
pub fn published_message(folder: &Path, published: &Published, content: impl Display) -> String {
    let (folder, generation) = (folder.display(), published.generation);
    match published.changed {
        true => format!("{folder}: published generation {generation}, {content}"),
        false => format!("{folder}: generation {generation} is the same, nothing to do"),
    }
}
