//! Why nothing was published.

use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::signature::SignatureError;
use adr_language::ReadBackError;
use thiserror::Error;

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
        "{}: generation {expected} was expected, and {found} is current; \
         look again at what would change",
        .folder.display()
    )]
    Outdated {
        /// The folder.
        folder: PathBuf,
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
