//! Why a question was not answered, and what that means for the next one.

use adr_cucm::AnswerError;
use adr_cucm_client::CallError;

use super::question::Question;
use crate::connect::ConnectError;
use crate::read::ReadError;

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it means for the next question.
    pub kind: FailureKind,
    /// Why, a phrase in one line.
    pub reason: String,
    /// What to do; may be empty.
    pub help: String,
}

/// What a failure means for the next question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The same question may be answered later.
    Transient,
    /// Other settings should help. Asking again and again could lock the user of CUCM.
    Permanent,
    /// The place in the change queue is lost: ask for a baseline, and read the lists.
    QueueLost,
    /// CUCM does not offer a list of changes.
    NoChanges,
}

impl Failure {
    /// The failure of a question.
    #[must_use]
    pub fn of_call(question: &Question, error: &CallError) -> Self {
        let is_fault = matches!(error, CallError::Answer(AnswerError::Fault(_)));
        let is_restart = matches!(error, CallError::Answer(AnswerError::QueueRestarted));
        let is_absent = matches!(error, CallError::NoChangeList { .. });
        let kind = match question {
            Question::Baseline if is_fault || is_absent => FailureKind::NoChanges,
            Question::Changes(_) if is_absent => FailureKind::NoChanges,
            Question::Changes(_) if is_fault || is_restart => FailureKind::QueueLost,
            _ if is_of_settings(error) => FailureKind::Permanent,
            _ => FailureKind::Transient,
        };
        Self { kind, reason: error.to_string(), help: error.help().to_owned() }
    }

    /// The failure of reading lists.
    #[must_use]
    pub fn of_read(question: &Question, error: &ReadError) -> Self {
        match error {
            ReadError::Call(error) => Self::of_call(question, error),
            // a database with other tables locks nobody
            ReadError::Table { .. } | ReadError::Layout { .. } => Self {
                kind: FailureKind::Transient,
                reason: error.to_string(),
                help: error.help().to_owned(),
            },
        }
    }

    /// The failure of a cluster whose settings cannot be used.
    #[must_use]
    pub fn of_settings(error: &ConnectError) -> Self {
        Self { kind: FailureKind::Permanent, reason: error.to_string(), help: error.help() }
    }
}

/// Whether the settings are wrong: a password, a certificate, or a text that no request can carry.
/// After anything else an administrator can help at CUCM, for example with a role.
fn is_of_settings(error: &CallError) -> bool {
    matches!(
        error,
        CallError::Certificate(_)
            | CallError::Request(_)
            | CallError::Answer(AnswerError::Unauthorized { .. })
    )
}
