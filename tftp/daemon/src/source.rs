//! Where generations come from, and how they are published.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_watcher::publish::{Published, Publisher, SigningPolicy};

/// What is served or kept published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Rule sources, compiled here, and published into a folder where one is named.
    Rules {
        /// As a person wrote them.
        paths: Vec<String>,
        /// The published folder.
        publish: Option<PathBuf>,
    },
    /// A folder that another process publishes into.
    Published(PathBuf),
}

impl Source {
    /// The rule sources.
    #[must_use]
    pub fn paths(&self) -> Option<&[String]> {
        match self {
            Self::Rules { paths, .. } => Some(paths),
            Self::Published(_) => None,
        }
    }

    /// The folder that is published into from here.
    #[must_use]
    pub fn publishes_into(&self) -> Option<&Path> {
        match self {
            Self::Rules { publish, .. } => publish.as_deref(),
            Self::Published(_) => None,
        }
    }

    /// The folder that is served, or published into.
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
            Self::Rules { paths, .. } => f.write_str(&paths.join(" ")),
            Self::Published(folder) => folder.display().fmt(f),
        }
    }
}

/// How generations are published.
#[derive(Clone, Debug)]
pub struct Publishing {
    /// Generations that are kept, the current one among them.
    pub keep: usize,
    /// With which key they are signed; `None` for no signature.
    pub signing: Option<SigningPolicy>,
    /// The version of adrc that manifests name.
    pub version: &'static str,
    /// Seconds since 1970.
    pub now: fn() -> u64,
}

impl Publishing {
    /// Publishes into a folder, now.
    #[must_use]
    pub fn publisher<'p>(&self, folder: &'p Path) -> Publisher<'p> {
        Publisher::new(folder, self.version, (self.now)()).keeping(self.keep)
    }

    /// How often to look whether a signature has to be renewed; `None` for never.
    #[must_use]
    pub fn renewal_interval(&self) -> Option<Duration> {
        self.signing.as_ref()?.renewal_interval()
    }
}

/// The message after a dial plan was published into a folder. `content` says what
/// the new generation has.
#[must_use]
pub fn published_message(folder: &Path, published: &Published, content: impl Display) -> String {
    let (folder, generation) = (folder.display(), published.generation);
    match published.changed {
        true => format!("{folder}: published generation {generation}, {content}"),
        false => format!("{folder}: generation {generation} is the same, nothing to do"),
    }
}
