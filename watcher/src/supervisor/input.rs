//! Inputs, which a supervisor handles.

use thiserror::Error;

/// Identifies a reload whose requester waits for the result.
pub type RequestId = u64;

/// Why a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The process starts.
    Start,
    /// The process received SIGHUP.
    Signal,
    /// An operator sent `POST /-/reload` to the admin port.
    Admin,
    /// Rule sources changed.
    Files,
    /// Another process published into the folder.
    Folder,
    /// An earlier job failed.
    Retry,
    /// A signature may be due for renewal.
    Renewal,
}

/// An event.
#[derive(Debug)]
pub enum Input<S> {
    /// The process starts. This has to be the first input.
    Start,
    /// The watch read all sources.
    Snapshot {
        /// What it read.
        sources: S,
        /// Whether that differs from the snapshot before.
        is_changed: bool,
        /// How many [`Action::Read`](super::Action::Read) it had received by then.
        reads: u64,
    },
    /// A reload was requested.
    Reload {
        /// By what: [`Cause::Signal`] or [`Cause::Admin`].
        cause: Cause,
        /// Identifies the requester; `None` if no requester waits for the result.
        request: Option<RequestId>,
    },
    /// Another generation became current in the published folder.
    FolderChanged,
    /// Time has passed; see [`Supervisor::due`](super::Supervisor::due).
    Tick,
    /// The running job has ended.
    Finished(Outcome),
    /// The process was asked to end.
    Shutdown,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded.
    Done,
    /// The rules have errors; a phrase. The job is not retried until the sources change.
    Rejected(String),
    /// It failed; a phrase. The job is retried.
    Failed(String),
}

impl Outcome {
    /// The outcome without the distinction between rejected and failed jobs.
    ///
    /// # Errors
    ///
    /// The job did not succeed.
    pub(super) fn result(&self) -> Result<(), JobError> {
        match self {
            Self::Done => Ok(()),
            Self::Rejected(reason) | Self::Failed(reason) => Err(JobError::new(reason)),
        }
    }
}

/// Why a job did not succeed. Two of them are equal if their texts are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct JobError(String);

impl JobError {
    /// An error with this text, a phrase.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}
