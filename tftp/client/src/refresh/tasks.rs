//! The tasks that the refresher has started: at most one of each kind.

use std::pin::Pin;
use std::sync::Arc;

use tokio::task::{JoinError, JoinHandle};

use crate::cache::CacheError;
use crate::fetch::{Outcome, RoundReport};
use crate::rejection::{Rejection, RejectionCause};
use crate::rules::Rules;
use crate::standing::Seen;

/// The tasks in flight.
#[derive(Default)]
pub(super) struct Tasks {
    /// Asks the servers.
    pub(super) round: Option<JoinHandle<RoundReport>>,
    /// Verifies the files that came with an event.
    pub(super) judge: Option<JoinHandle<Option<Arc<Rules>>>>,
    /// Saves a copy.
    pub(super) save: Option<JoinHandle<Result<(), CacheError>>>,
}

/// A task that has ended, and its result.
pub(super) enum Finished {
    Round(RoundReport),
    Judge(Option<Arc<Rules>>),
    Save(Result<(), Rejection>),
}

impl Tasks {
    /// Waits until a task ends; forever while there is none.
    pub(super) async fn next(&mut self) -> Finished {
        tokio::select! {
            report = join(&mut self.round) => {
                Finished::Round(report.unwrap_or_else(|_| failed_round()))
            }
            rules = join(&mut self.judge) => Finished::Judge(rules.unwrap_or_default()),
            saved = join(&mut self.save) => Finished::Save(save_result(saved)),
        }
    }
}

/// Waits for the end of a task and takes it; waits forever while there is none.
async fn join<T>(task: &mut Option<JoinHandle<T>>) -> Result<T, JoinError> {
    let Some(running) = task else {
        return std::future::pending().await;
    };
    let joined = Pin::new(running).await;
    *task = None;
    joined
}

fn failed_round() -> RoundReport {
    let cause = RejectionCause::TaskFailed { task: "asking the servers" };
    let outcome = Outcome::Rejected(Rejection::local(cause));
    RoundReport { outcome, seen: Seen::default(), verdicts: Vec::new() }
}

fn save_result(saved: Result<Result<(), CacheError>, JoinError>) -> Result<(), Rejection> {
    let cause = match saved {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => RejectionCause::NotSaved(error.into()),
        Err(_) => RejectionCause::TaskFailed { task: "saving the rules" },
    };
    Err(Rejection::local(cause))
}
