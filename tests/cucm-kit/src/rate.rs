//! Limits of requests within a time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A limit of requests within a time.
#[derive(Clone, Debug)]
pub struct RateLimit {
    /// Requests that are allowed within the time.
    pub requests: usize,
    /// The time.
    pub per: Duration,
    recent: VecDeque<Instant>,
}

impl RateLimit {
    /// This many requests within this time.
    #[must_use]
    pub fn new(requests: usize, per: Duration) -> Self {
        Self { requests, per, recent: VecDeque::new() }
    }

    /// Counts a request, unless there are too many.
    pub(crate) fn allows(&mut self) -> bool {
        let now = Instant::now();
        while self.recent.front().is_some_and(|first| now - *first >= self.per) {
            self.recent.pop_front();
        }
        let allowed = self.recent.len() < self.requests;
        if allowed {
            self.recent.push_back(now);
        }
        allowed
    }

    /// Requests allowed within a minute.
    pub(crate) fn per_minute(&self) -> usize {
        let seconds = usize::try_from(self.per.as_secs()).unwrap_or(60).max(1);
        self.requests * 60 / seconds
    }
}
