//! A generation that is being written, for which the end of the process waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::signals::END_WITHIN;

/// Time between two looks whether the publication has ended. Its result arrives sooner.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// How long the end of the process waits for a publication: somewhat less than the time after which
/// the process ends anyway.
const PUBLICATION_TIMEOUT: Duration = END_WITHIN.saturating_sub(Duration::from_secs(5));

/// Whether a generation is being written. Reading and checking before that can be interrupted
/// without a loss.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writing {
    is_running: Arc<AtomicBool>,
    /// How much longer a publication takes, for tests.
    #[cfg(test)]
    delay: Duration,
}

impl Writing {
    /// Publications that take longer by this.
    #[cfg(test)]
    pub(crate) fn taking(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// A generation is written from now on.
    pub(crate) fn begin(&self) {
        self.is_running.store(true, Ordering::SeqCst);
        #[cfg(test)]
        std::thread::sleep(self.delay);
    }

    /// The publication has ended, or is waited for no longer.
    pub(crate) fn end(&self) {
        self.is_running.store(false, Ordering::SeqCst);
    }

    pub(crate) fn is_running(&self) -> bool {
        self.is_running.load(Ordering::SeqCst)
    }
}

/// When the process ends although a job is running.
#[derive(Debug)]
pub(crate) struct Deadline {
    /// When it is time to look.
    pub(crate) at: Instant,
    /// The end, whatever is running.
    latest: Instant,
    writing: Writing,
    /// Whether there was a publication at the last look.
    was_running: bool,
}

impl Deadline {
    /// Ends after this time, or after the publication that is running then.
    pub(crate) fn after(time: Duration, writing: Writing) -> Self {
        let now = Instant::now();
        Self { at: now + time, latest: now + PUBLICATION_TIMEOUT, writing, was_running: false }
    }

    /// Whether the process ends now. If not, there is a new time to look.
    pub(crate) fn is_over(&mut self) -> bool {
        let now = Instant::now();
        let is_running = self.writing.is_running();
        // the result of a publication arrives a moment after its end
        let waits = (is_running || self.was_running) && now < self.latest;
        self.was_running = is_running;
        if waits {
            self.at = now + LOOK_INTERVAL;
        }
        !waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_waits_for_a_publication_up_to_a_limit() {
        let writing = Writing::default();
        let after = || Deadline::after(Duration::from_secs(1), writing.clone());
        assert!(after().is_over(), "nothing is published");
        writing.begin();
        let mut deadline = after();
        assert!(deadline.latest < Instant::now() + END_WITHIN);
        deadline.latest = Instant::now() + 4 * LOOK_INTERVAL;
        let began = Instant::now();
        while !deadline.is_over() {
            std::thread::sleep(deadline.at - Instant::now());
        }
        assert!(began.elapsed() >= 4 * LOOK_INTERVAL);
        let mut deadline = after();
        assert!(!deadline.is_over());
        writing.end();
        assert!(!deadline.is_over(), "its result may be on its way");
        assert!(deadline.is_over());
    }
}
