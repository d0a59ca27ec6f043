//! Why paths on the command line cannot be used.

use adr_bundle::disk::Unfinished;
use adr_language::ReadError;
use thiserror::Error;

/// Why PATHs cannot be used. The text says what happened, [`InputError::help`] what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InputError {
    /// A path does not name what the command requires.
    #[error("{path}: {}", .error.reason)]
    InvalidPath {
        /// The path.
        path: String,
        /// What happened, and what to do.
        error: ReadError,
    },
    /// A file that a path names cannot be read.
    #[error("{message}")]
    Unreadable {
        /// Which file, and why.
        message: String,
        /// What to do; empty when there is nothing to add.
        help: String,
    },
    /// The disk does not answer in time.
    #[error("{message}")]
    Unanswered {
        /// Which paths, and what happened.
        message: String,
    },
    /// Reading panicked, which is a mistake of adrc.
    #[error("{message}")]
    Internal {
        /// Which paths, and what happened.
        message: String,
    },
    /// A rule source that is not a file has no usable text.
    #[error("{name}: {}", .error.reason)]
    Extra {
        /// The name of the source.
        name: String,
        /// What happened, and what to do.
        error: ReadError,
    },
}

impl InputError {
    /// What to do; empty when there is nothing to add.
    #[must_use]
    pub fn help(&self) -> &str {
        match self {
            Self::InvalidPath { error, .. } | Self::Extra { error, .. } => &error.help,
            Self::Unreadable { help, .. } => help,
            Self::Unanswered { .. } => "check the disk or network drive",
            Self::Internal { .. } => "report this with the files",
        }
    }

    /// The error of paths that were not read in time, or whose reading panicked.
    #[must_use]
    pub fn unfinished(paths: &[String], error: &Unfinished) -> Self {
        let message = format!("{}: {error}", paths.join(" "));
        match error {
            Unfinished::Panicked(_) => Self::Internal { message },
            _ => Self::Unanswered { message },
        }
    }
}

/// Adds the path to the reason why it cannot be used.
pub(super) fn invalid_path(path: &str, error: ReadError) -> InputError {
    InputError::InvalidPath { path: path.to_owned(), error }
}
