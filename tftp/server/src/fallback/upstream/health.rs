//! Whether an upstream server answers by one protocol, as far as requests have found out.

use std::time::{Duration, Instant};

use super::fetch_error::FetchError;

/// How long a server counts as unhealthy after a failure. Unhealthy servers are asked last.
pub(super) const UNHEALTHY_TIME: Duration = Duration::from_secs(30);

/// What the latest requests have shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Health {
    /// When a request was last answered.
    answered: Option<Instant>,
    outage: Option<Outage>,
}

#[derive(Clone, Copy, Debug)]
struct Outage {
    /// When the server counts as healthy again.
    until: Instant,
    kind: OutageKind,
}

/// How a server fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OutageKind {
    /// Nothing can be sent to it, or nothing comes back.
    Unreachable,
    /// It accepts connections, and does not answer.
    Silent,
    /// It answers, but not as it should.
    Faulty,
}

impl Health {
    pub(super) fn is_healthy(&self, now: Instant) -> bool {
        self.current(now).is_none()
    }

    /// Whether nothing reached the server.
    pub(super) fn is_unreachable(&self, now: Instant) -> bool {
        self.current(now) == Some(OutageKind::Unreachable)
    }

    /// Whether the server did not answer.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        let kind = self.current(now);
        kind.is_some_and(|kind| kind != OutageKind::Faulty)
    }

    fn current(&self, now: Instant) -> Option<OutageKind> {
        self.outage.filter(|outage| now < outage.until).map(|outage| outage.kind)
    }

    /// Adds the result of a request that began at `began`. Returns whether a healthy server became
    /// unhealthy.
    ///
    /// A failure while other requests were answered is one of the requested name, not of the
    /// server.
    pub(super) fn record(
        &mut self,
        error: Option<&FetchError>,
        began: Instant,
        now: Instant,
    ) -> bool {
        let kind = match error {
            None | Some(FetchError::Missing | FetchError::TooLarge) => {
                *self = Self { answered: Some(now), outage: None };
                return false;
            }
            Some(FetchError::Local(_)) => return false,
            Some(FetchError::Unreachable(_)) => OutageKind::Unreachable,
            Some(FetchError::Silent(_)) => OutageKind::Silent,
            Some(FetchError::Faulty(_)) => OutageKind::Faulty,
        };
        if self.answered.is_some_and(|answered| answered > began) {
            return false;
        }
        let was_healthy = self.is_healthy(now);
        self.outage = Some(Outage { until: now + UNHEALTHY_TIME, kind });
        was_healthy
    }
}

#[cfg(test)]
mod tests {
    use super::super::fetch_error::Fault;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn silent() -> FetchError {
        FetchError::Silent(Fault::NoAnswer)
    }

    #[test]
    fn name_that_hangs_while_others_are_answered_leaves_the_server_healthy() {
        let (mut health, start) = (Health::default(), Instant::now());
        health.record(None, start, start + SECOND);
        assert!(!health.record(Some(&silent()), start, start + 3 * SECOND));
        assert!(health.is_healthy(start + 3 * SECOND));
        let later = start + 4 * SECOND;
        assert!(health.record(Some(&silent()), later, later + 3 * SECOND));
        assert!(!health.is_healthy(later + 3 * SECOND));
        // a server that accepts connections stays reachable
        assert!(health.is_silent(later + 3 * SECOND));
        assert!(!health.is_unreachable(later + 3 * SECOND));
    }

    #[test]
    fn outage_ends_with_an_answer_or_after_its_time() {
        let (mut health, start) = (Health::default(), Instant::now());
        let unreachable = FetchError::Unreachable(Fault::NoAddress);
        assert!(health.record(Some(&unreachable), start, start));
        assert!(!health.record(Some(&unreachable), start, start));
        assert!(health.is_unreachable(start));
        assert!(health.is_healthy(start + UNHEALTHY_TIME));
        health.record(Some(&FetchError::Missing), start, start + SECOND);
        assert!(health.is_healthy(start + SECOND));
    }

    #[test]
    fn failure_of_this_machine_leaves_the_server_healthy() {
        let (mut health, start) = (Health::default(), Instant::now());
        assert!(!health.record(Some(&FetchError::Local(Fault::NoAddress)), start, start));
        assert!(health.is_healthy(start));
    }
}
