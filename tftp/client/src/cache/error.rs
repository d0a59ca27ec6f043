//! Why the cache cannot be used.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::detail::{one_line, shown_path};
use crate::rejection::RejectionCause;

/// Why the cache cannot be used: the file or folder, the cause and, where there is something to do,
/// what to do.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The operating system reports an error.
    #[error("{}: {source}", shown_path(path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// The folder belongs to another user.
    #[error("{}: belongs to another user; choose a folder of your own", shown_path(path))]
    OtherOwner {
        /// The folder.
        path: PathBuf,
    },
    /// Other users can write to the folder.
    #[error(
        "{}: others can write to it; `chmod go-w` it, or choose another folder",
        shown_path(path)
    )]
    WritableByOthers {
        /// The folder.
        path: PathBuf,
    },
    /// Another core uses the folder.
    #[error(
        "{}: another core uses this folder; stop it, or choose another folder",
        shown_path(path)
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The path of the folder is a file.
    #[error("{}: not a folder", shown_path(path))]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The file is not a complete snapshot.
    #[error("{}: damaged", shown_path(path))]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The snapshot does not verify.
    #[error("{}: {}", shown_path(path), one_line(&cause.to_string()))]
    Rejected {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: Arc<RejectionCause>,
    },
}
