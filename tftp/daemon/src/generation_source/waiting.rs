//! What rules that were not published wait for, and when they are tried again.

use std::time::{Duration, Instant};

use adr_watcher::publish::PublishError;

/// The pause after the first failure that may end by itself. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The same for a failure that a person has to end, such as missing permissions.
const FIRST_LONG_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause between two attempts to publish the same rules.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// What rules that were not published wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// Another generation, or other rules.
    Change,
    /// An answer of the cluster, with a generation that this node can have.
    Cluster,
}

/// Rules that were not published.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    waits_for: Option<WaitsFor>,
    /// How often they were tried since the last success.
    attempts: u32,
    /// When they may be tried again; `None` for at once.
    not_before: Option<Instant>,
}

impl Waiting {
    /// Takes note of the end of an attempt to publish.
    pub(super) fn attempted(&mut self, error: Option<&PublishError>, now: Instant) {
        self.waits_for = error.and_then(waits_for);
        let (Some(error), Some(WaitsFor::Cluster)) = (error, self.waits_for) else {
            (self.attempts, self.not_before) = (0, None);
            return;
        };
        let needs_person = match error {
            PublishError::Publication(error) => !error.is_temporary(),
            error => matches!(error, PublishError::NotTaken(_)),
        };
        let first = if needs_person { FIRST_LONG_PAUSE } else { FIRST_PAUSE };
        let pause = first.saturating_mul(2_u32.saturating_pow(self.attempts)).min(LONGEST_PAUSE);
        self.attempts = self.attempts.saturating_add(1);
        self.not_before = Some(now + pause);
    }

    /// What the rules wait for; `None` if they were published, or if adrc tries again soon.
    pub(super) fn waits_for(&self) -> Option<WaitsFor> {
        self.waits_for
    }

    /// Whether it is time to read them again: `has_changed` if another generation is current,
    /// `has_answer` if the cluster has answered and the folder is up to date.
    pub(super) fn is_over(&self, has_changed: bool, has_answer: bool, now: Instant) -> bool {
        match self.waits_for {
            None => false,
            Some(WaitsFor::Change) => has_changed,
            Some(WaitsFor::Cluster) => has_answer && self.not_before.is_none_or(|at| now >= at),
        }
    }
}

/// What rules wait for that were not published for this reason; `None` if adrc tries again soon.
fn waits_for(error: &PublishError) -> Option<WaitsFor> {
    match error {
        // a drive that is not mounted looks like another sequence
        PublishError::Publication(_)
        | PublishError::NotTaken(_)
        | PublishError::OtherSequence { .. }
        | PublishError::Untrusted { .. } => Some(WaitsFor::Cluster),
        PublishError::Behind { .. } | PublishError::Conflict { .. } => Some(WaitsFor::Change),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use adr_watcher::publication::PublicationError;

    use super::*;

    #[test]
    fn rules_that_the_cluster_refuses_are_tried_again_after_minutes() {
        let (name, reason) = ("nats://nats1".to_owned(), "no".to_owned());
        let denied = PublicationError::Denied { name: name.clone(), reason: reason.clone() };
        let silent = PublicationError::Unreachable { name, reason };
        let (denied, silent) = (PublishError::NotTaken(denied), silent.into());
        let now = Instant::now();
        let after = |waiting: &Waiting, seconds| {
            waiting.is_over(false, true, now + Duration::from_secs(seconds))
        };
        let mut waiting = Waiting::default();
        waiting.attempted(Some(&denied), now);
        assert_eq!([after(&waiting, 59), after(&waiting, 60)], [false, true]);
        assert!(!waiting.is_over(false, false, now + LONGEST_PAUSE), "the cluster is away");
        for _ in 0..40 {
            waiting.attempted(Some(&denied), now);
        }
        assert_eq!([after(&waiting, 299), after(&waiting, 300)], [false, true]);
        waiting.attempted(None, now);
        waiting.attempted(Some(&silent), now);
        assert_eq!([after(&waiting, 0), after(&waiting, 1)], [false, true]);
    }
}
