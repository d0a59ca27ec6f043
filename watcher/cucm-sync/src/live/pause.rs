//! Pauses between questions.

use std::time::Duration;

/// Time until the next question after a failure that other settings should end. CUCM locks a user
/// after several wrong passwords within half an hour, so one in an hour locks nobody.
pub(super) const STOPPED: Duration = Duration::from_secs(3600);

/// How long to wait before the next question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// Not at all, if there is something to ask.
    No,
    /// For the poll interval.
    Poll,
    /// For the delay after a failure.
    Delay,
    /// For [`STOPPED`], unless the settings are read again before.
    Stopped,
}
