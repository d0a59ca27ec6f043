//! Why nothing was published.

use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::signature::SignatureError;
use adr_language::ReadBackError;
use thiserror::Error;

use super::publisher::Base;
use crate::publication::PublicationError;
use crate::sources::describe;

/// Why nothing was published. The previous generation stays current, unless the variant says
/// otherwise.
#[derive(Debug, Error)]
pub enum PublishError {
    /// Another process publishes into the folder.
    #[error("{}: another adrc is publishing here; try again", .0.display())]
    Locked(PathBuf),
    /// A file that adrc did not write has a name that publishing needs.
    #[error(
        "{}: adrc did not write this and leaves it alone; choose an empty folder",
        .0.display()
    )]
    Foreign(PathBuf),
    /// The operating system reported an error.
    #[error("{}: {}; nothing was published", .path.display(), describe(.source).reason)]
    Failed {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The new generation is current, but the disk did not confirm it: after a power cut, the
    /// previous generation may be current again.
    #[error(
        "generation {generation} is published, but the disk did not confirm it: {}; check the disk",
        describe(.source).reason
    )]
    NotDurable {
        /// The generation that readers see.
        generation: u64,
        /// Why.
        source: io::Error,
    },
    /// A generation that another node has published, or that the publication has accepted, could
    /// not be installed in the folder of this node. The next attempt installs it.
    #[error(
        "{}: {}; generation {generation} is not installed here, and the one before stays current",
        .path.display(), describe(.source).reason
    )]
    NotInstalled {
        /// The generation.
        generation: u64,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A client would read other rules from the files than those that were compiled.
    #[error("{0}; nothing was published")]
    ReadBack(#[source] ReadBackError),
    /// The manifest could not be signed.
    #[error("{0}; nothing was published")]
    Signing(#[source] SignatureError),
    /// The current generation is signed, and this one would not be.
    #[error(
        "{}: the current generation is signed, and clients that require signatures would reject \
         an unsigned one; give the key with `--sign KEY`",
        .0.display()
    )]
    Unsigned(PathBuf),
    /// Another generation than the expected one is current; see [`super::Publisher::expecting`].
    #[error(
        "{place}: generation {expected} was expected, and {found} is current; \
         look again at what would change"
    )]
    Outdated {
        /// The folder, or the publication that did not accept the generation.
        place: String,
        /// The generation that was expected, 0 for none.
        expected: u64,
        /// The generation that is current, 0 for none.
        found: u64,
    },
    /// The same content was rolled back; see [`super::Publisher::honor_rollbacks`].
    #[error(
        "these rules are those of generation {generation}, which was rolled back; \
         generation {current} stays current; \
         change the rules, or publish them again with `adrc compile`"
    )]
    BlockedByRollback {
        /// The generation that was rolled back.
        generation: u64,
        /// The generation that is current.
        current: u64,
    },
    /// The publication does not give or take a generation; see [`super::Publisher::through`].
    #[error("{0}")]
    Publication(#[from] PublicationError),
    /// The publication gave its current generation and does not take the next one, such as for lack
    /// of a permission. Trying again later needs a person.
    #[error("{0}")]
    NotTaken(#[source] PublicationError),
    /// The rule sources are older than what is current; see [`super::Publisher::from_sources`].
    #[error(
        "{place}: {}; generation {current} is newer and stays current; \
         update the rule sources, or bring old rules back with `adrc rollback`",
        describe_old(*.known, .commit.as_deref())
    )]
    Behind {
        /// The folder or the publication.
        place: String,
        /// The generation that is current.
        current: u64,
        /// The generation that was made from these rules, if it is known.
        known: Option<u64>,
        /// The commit of the rule sources, if git says that it is older.
        commit: Option<String>,
    },
    /// The rule sources and what is current were both changed; see
    /// [`super::Publisher::from_sources`].
    #[error(
        "{place}: the rule sources were changed, and generation {current} was not made from what \
         they were before; compare them with `adrc plan`, and publish what shall count with \
         `adrc compile`"
    )]
    Conflict {
        /// The folder or the publication.
        place: String,
        /// The generation that is current.
        current: u64,
    },
    /// The folder has a generation that is not one of the publication.
    #[error(
        "{}: generation {} ({:.12}) is not one of {publication}, where {}; \
         {}",
        .folder.display(), .found.generation, .found.sha256, describe_current(.current.as_ref()),
        other_sequence_help(.current.as_ref())
    )]
    OtherSequence {
        /// The folder.
        folder: PathBuf,
        /// The generation in the folder; an empty SHA-256 if its manifest cannot be read.
        found: Base,
        /// The name of the publication.
        publication: String,
        /// Its generation with that number, else its current one.
        current: Option<Base>,
    },
    /// A generation of another node is not accepted; see [`super::Publisher::trusting`].
    #[error(
        "{place}: generation {generation} is not accepted: {reason}; the previous generation stays \
         current; find out who published it"
    )]
    Untrusted {
        /// The folder or the publication.
        place: String,
        /// The generation.
        generation: u64,
        /// Why, a phrase.
        reason: String,
    },
    /// A generation is older than the one in the folder that it would replace.
    #[error(
        "{}: generation {generation} is older than {current}, which is current",
        .folder.display()
    )]
    Backwards {
        /// The folder.
        folder: PathBuf,
        /// The generation.
        generation: u64,
        /// The current one.
        current: u64,
    },
    /// It was canceled before the generation became current; see [`super::Publisher::unless`].
    #[error("canceled; nothing was published")]
    Canceled,
    /// The current generation has the largest possible number.
    #[error(
        "{}: generation {} has the largest possible number, so nothing more can be published here; \
         publish into an empty folder, and start the client cores with an empty cache",
        .0.display(),
        u64::MAX
    )]
    NoNumberLeft(PathBuf),
    /// The folder has no current generation.
    #[error("{}: nothing is published here; publish with `adrc compile PATH -o DIR`", .0.display())]
    NothingPublished(PathBuf),
    /// The generation to roll back to is not kept.
    #[error("{}: {}", .folder.display(), describe_not_kept(*.requested, .kept))]
    NotKept {
        /// The folder.
        folder: PathBuf,
        /// The generation that was requested; `None` for the newest older one with other content.
        requested: Option<u64>,
        /// The generations that are kept, ascending.
        kept: Vec<u64>,
    },
    /// A kept generation differs from its manifest.
    #[error("{}: {reason}; choose another generation", .path.display())]
    Damaged {
        /// The folder of the generation.
        path: PathBuf,
        /// What is wrong, a phrase.
        reason: String,
    },
}

impl PublishError {
    /// Whether the caller's view of what is current is not that of the folder or the publication,
    /// or another process holds the folder. A person decides, or looks again.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Locked(_)
                | Self::Outdated { .. }
                | Self::Behind { .. }
                | Self::Conflict { .. }
                | Self::OtherSequence { .. }
                | Self::Backwards { .. }
                | Self::Publication(PublicationError::Refused { .. })
        )
    }
}

fn describe_old(known: Option<u64>, commit: Option<&str>) -> String {
    match (known, commit) {
        (_, Some(commit)) => format!("the rule sources are from the older commit {commit:.12}"),
        (Some(known), None) => format!("the rule sources have the rules of generation {known}"),
        (None, None) => "the rule sources are older".to_owned(),
    }
}

fn describe_current(current: Option<&Base>) -> String {
    match current {
        Some(Base { generation, sha256 }) => format!("it is {generation} ({sha256:.12})"),
        None => "nothing is published".to_owned(),
    }
}

/// An empty folder would begin a sequence that restored nodes could not join.
fn other_sequence_help(current: Option<&Base>) -> &'static str {
    match current {
        Some(_) => "copy its history there with `adrc cluster import`, or use an empty folder",
        None => {
            "copy its history there with `adrc cluster import`; start no node with an empty folder \
             before"
        }
    }
}

fn describe_not_kept(requested: Option<u64>, kept: &[u64]) -> String {
    let kept: Vec<String> = kept.iter().map(u64::to_string).collect();
    let kept = kept.join(", ");
    match requested {
        Some(requested) => format!("generation {requested} is not kept; kept are {kept}"),
        None => format!("no older generation differs from the current one; kept are {kept}"),
    }
}

/// Adds the path to an error of the operating system.
pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> PublishError + '_ {
    move |source| PublishError::Failed { path: path.to_owned(), source }
}

/// Makes an error of the operating system one of installing this generation.
pub(super) fn not_installed(generation: u64) -> impl Fn(PublishError) -> PublishError {
    move |error| match error {
        PublishError::Failed { path, source } => {
            PublishError::NotInstalled { generation, path, source }
        }
        error => error,
    }
}
