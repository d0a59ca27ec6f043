//! Why nothing was published.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::signature::SignatureError;
use adr_language::ReadBackError;

use crate::sources::describe;

/// Why nothing was published; what was there before is there still, unless the variant says
/// otherwise.
#[derive(Debug)]
pub enum PublishError {
    /// Another adrc publishes into the folder.
    Locked(PathBuf),
    /// Something that adrc did not write is in the way.
    Foreign(PathBuf),
    /// The operating system refused.
    Failed {
        /// What was being written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The new generation is current, and the disk did not confirm it: a power cut may bring the
    /// old one back.
    NotDurable {
        /// The generation that readers see.
        generation: u64,
        /// Why.
        source: io::Error,
    },
    /// A client would not read the files as the rules they were made from.
    ReadBack(ReadBackError),
    /// The manifest could not be signed.
    Signing(SignatureError),
    /// The current generation is signed, and this one would not be.
    Unsigned(PathBuf),
    /// Another generation became current since somebody looked; see
    /// [`super::Publisher::expecting`].
    Outdated {
        /// The folder.
        folder: PathBuf,
        /// The generation that was expected, 0 for none.
        expected: u64,
        /// The generation that is current, 0 for none.
        found: u64,
    },
    /// The same content was rolled back by hand; see [`super::Publisher::honor_rollbacks`].
    BlockedByRollback {
        /// The generation with this content.
        generation: u64,
        /// The generation that is current.
        current: u64,
    },
    /// The current generation has the last number that there is.
    NoNumberLeft(PathBuf),
    /// There is no generation in the folder.
    NothingPublished(PathBuf),
    /// The generation to roll back to is not kept.
    NotKept {
        /// The folder.
        folder: PathBuf,
        /// The generation that was asked for; `None` for the one before.
        asked: Option<u64>,
        /// The generations that are kept, ascending.
        kept: Vec<u64>,
    },
    /// A kept generation is not what its manifest says.
    Damaged {
        /// The folder of the generation.
        path: PathBuf,
        /// What is wrong, a phrase.
        reason: String,
    },
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked(folder) => {
                write!(f, "{}: another adrc is publishing here; try again", folder.display())
            }
            Self::Foreign(path) => write!(
                f,
                "{}: adrc did not write this and leaves it alone; choose an empty folder",
                path.display()
            ),
            Self::Failed { path, source } => {
                let reason = describe(source).reason;
                write!(f, "{}: {reason}; nothing was published", path.display())
            }
            Self::NotDurable { generation, source } => write!(
                f,
                "generation {generation} is published, but the disk did not confirm it: {}; check the disk",
                describe(source).reason
            ),
            Self::ReadBack(source) => write!(f, "{source}; nothing was published"),
            Self::Signing(source) => write!(f, "{source}; nothing was published"),
            Self::Unsigned(folder) => write!(
                f,
                "{}: the current generation is signed, and clients that ask for signatures would refuse one without; \
                 give the key with `--sign KEY`",
                folder.display()
            ),
            Self::Outdated { folder, expected, found } => write!(
                f,
                "{}: generation {expected} was expected, and {found} is current; look again at what would change",
                folder.display()
            ),
            Self::BlockedByRollback { generation, current } => write!(
                f,
                "these rules are generation {generation}, which was rolled back to what is generation {current} now; \
                 change them, or publish them again with `adrc compile`"
            ),
            Self::NoNumberLeft(folder) => write!(
                f,
                "{}: generation {} is the last number that there is, so nothing more can be published here; \
                 publish into an empty folder, and start the client cores with an empty cache",
                folder.display(),
                u64::MAX
            ),
            Self::NothingPublished(folder) => write!(
                f,
                "{}: nothing is published here; `adrc compile PATH -o DIR` does",
                folder.display()
            ),
            Self::NotKept { folder, asked, kept } => {
                let kept: Vec<String> = kept.iter().map(u64::to_string).collect();
                let kept = kept.join(", ");
                match asked {
                    Some(asked) => write!(
                        f,
                        "{}: generation {asked} is not kept; there is {kept}",
                        folder.display()
                    ),
                    None => write!(
                        f,
                        "{}: no older generation differs from the current one; kept are {kept}",
                        folder.display()
                    ),
                }
            }
            Self::Damaged { path, reason } => {
                write!(f, "{}: {reason}; choose another generation", path.display())
            }
        }
    }
}

impl std::error::Error for PublishError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed { source, .. } | Self::NotDurable { source, .. } => Some(source),
            Self::ReadBack(source) => Some(source),
            Self::Signing(source) => Some(source),
            _ => None,
        }
    }
}

/// The operating system's error about a path.
pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> PublishError + '_ {
    move |source| PublishError::Failed { path: path.to_owned(), source }
}
