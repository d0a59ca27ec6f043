//! How a run ends: its exit status, and why it could not do its job.

use std::fmt;
use std::io;
use std::process::ExitCode;

use adr_daemon::config::ConfigError;
use adr_language::ReadError;
use adr_watcher::publish::PublishError;
use adr_watcher::sources::InputError;
use adr_watcher::write::WriteError;

/// Exit status of a run, as pipelines depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// 0: clean, or done.
    Done,
    /// 1: findings, differences or failed tests.
    Findings,
    /// 2: wrong usage, or the job could not be done.
    Failed,
    /// 3: a precondition is lost: a lock that somebody else holds, a plan that is stale.
    Lost,
    /// 5: published, and clients did not all run it in time.
    NotConverged,
}

impl Status {
    /// [`Status::Findings`] if there is something, else [`Status::Done`].
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
            Status::Lost => 3,
            Status::NotConverged => 5,
        })
    }
}

/// Why a job could not be done: place, cause, and what to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The reader of standard output is gone, which is not an error.
    BrokenPipe,
    /// Anything else.
    Because {
        /// Lower case, no final stop, the place first.
        message: String,
        /// What to do; empty when there is nothing to add.
        help: String,
        /// What the process ends with.
        status: Status,
    },
}

impl Failure {
    /// A job that could not be done.
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Because { message: message.into(), help: help.into(), status: Status::Failed }
    }

    /// A precondition that is lost.
    pub(crate) fn lost(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Because { message: message.into(), help: help.into(), status: Status::Lost }
    }

    /// A file that could not be read.
    pub(crate) fn reading(path: &str, error: ReadError) -> Self {
        Self::new(format!("{path}: {}", error.reason), error.help)
    }

    /// Standard output or standard input that broke.
    pub(crate) fn stream(name: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::new(format!("{name}: {error}"), ""),
        }
    }

    /// What the process ends with.
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::BrokenPipe => Status::Done,
            Self::Because { status, .. } => *status,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrokenPipe => f.write_str("nobody reads the output"),
            Self::Because { message, help, .. } if help.is_empty() => f.write_str(message),
            Self::Because { message, help, .. } => write!(f, "{message}\n  help: {help}"),
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
        Self::Because {
            message: error.to_string(),
            help: String::new(),
            status: match error {
                PublishError::Locked(_) | PublishError::Outdated { .. } => Status::Lost,
                _ => Status::Failed,
            },
        }
    }
}
