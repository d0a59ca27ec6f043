//! Actions, which a supervisor returns.

use super::input::{Cause, JobError, RequestId};

/// The subject of an alert. An alert replaces the previous one with the same scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertScope {
    /// Rules that this process compiles.
    Rules,
    /// The published folder.
    Folder,
}

/// Work that takes time, so that it runs in parallel with the supervisor.
#[derive(Debug, PartialEq, Eq)]
pub enum Job<S> {
    /// Check the rules and publish them.
    Publish {
        /// The sources that the watch read; `None` to read them as part of the job.
        sources: Option<S>,
        /// Whether the same sources were checked before, so that their warnings were shown already.
        is_retry: bool,
    },
    /// Load the current generation of the published folder.
    LoadFolder,
    /// Sign the current generation again if its signature is due for renewal.
    Renew,
}

/// What the caller has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Action<S> {
    /// Request the current sources from the watch, changed or not.
    Read,
    /// Run a job for this cause, and report its end as
    /// [`Input::Finished`](super::Input::Finished).
    Run(Job<S>, Cause),
    /// A job has ended: log its result, and send it to the requesters. Its alerts come before it.
    Completed {
        /// Why it ran.
        cause: Cause,
        /// The requests that its result answers.
        requests: Vec<RequestId>,
        /// Whether it succeeded, and why not.
        result: Result<(), JobError>,
        /// Whether the same failure was reported before and need not be logged again.
        is_repeat: bool,
    },
    /// Show an alert until further notice; `None` clears it.
    Alert(AlertScope, Option<JobError>),
    /// No job is running: end the process.
    Stop,
}
