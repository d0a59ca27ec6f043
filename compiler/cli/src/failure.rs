//! The exit status of a run, and the error that ended it.

use std::fmt;
use std::io;
use std::process::ExitCode;

use adr_bundle::folder::phrase;
use adr_daemon::config::ConfigError;
use adr_language::ReadError;
use adr_watcher::publish::PublishError;
use adr_watcher::sources::InputError;
use adr_watcher::write::WriteError;

/// Exit status of a run. Pipelines depend on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// 0: success.
    Done,
    /// 1: findings, differences or failed tests.
    Findings,
    /// 2: wrong usage, or an error.
    Failed,
    /// 3: another process has locked the folder, the change plan is outdated, or another generation
    /// is current in the cluster.
    Conflict,
    /// 5: published, but not every client runs the generation.
    ClientsBehind,
}

impl Status {
    /// [`Status::Findings`] if something was found, else [`Status::Done`].
    pub(crate) fn findings(found: bool) -> Self {
        if found { Self::Findings } else { Self::Done }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Findings => 1,
            Status::Failed => 2,
            Status::Conflict => 3,
            Status::ClientsBehind => 5,
        })
    }
}

/// What ended a run early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The reader of standard output has closed the pipe, which is not an error.
    BrokenPipe,
    /// Any error.
    Error {
        /// Place and cause; begins in lower case and has no final stop.
        message: String,
        /// What to do; empty if there is nothing to add.
        help: String,
        /// The exit status.
        status: Status,
    },
}

impl Failure {
    /// An error with exit status 2.
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Error { message: message.into(), help: help.into(), status: Status::Failed }
    }

    /// An error with exit status 3.
    pub(crate) fn conflict(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Error { message: message.into(), help: help.into(), status: Status::Conflict }
    }

    /// A file that could not be read.
    pub(crate) fn reading(path: &str, error: ReadError) -> Self {
        Self::new(format!("{path}: {}", error.reason), error.help)
    }

    /// Standard input or output, `name`, could not be read or written.
    pub(crate) fn stream(name: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::new(format!("{name}: {}", phrase(error)), ""),
        }
    }

    /// The exit status.
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::BrokenPipe => Status::Done,
            Self::Error { status, .. } => *status,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrokenPipe => f.write_str("standard output: the pipe is closed"),
            Self::Error { message, help, .. } if help.is_empty() => f.write_str(message),
            Self::Error { message, help, .. } => write!(f, "{message}\n  help: {help}"),
        }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::new(error.to_string(), error.help())
    }
}

impl From<adr_daemon::Error> for Failure {
    fn from(error: adr_daemon::Error) -> Self {
        match error {
            adr_daemon::Error::Publish(error) => error.into(),
            error => Self::new(error.to_string(), error.help()),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.to_string(), error.help())
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::new(error.to_string(), error.help())
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let help = match &error {
            PublishError::Publication(error) | PublishError::NotTaken(error) => error.help(),
            _ => "",
        };
        let failure = if error.is_conflict() { Self::conflict } else { Self::new };
        failure(error.to_string(), help)
    }
}
