//! Counts the cores that have received and run each generation, with times.

use std::collections::BTreeMap;
use std::fmt;

use rustix::time::{ClockId, clock_gettime};

/// Counts over all cores, by generation.
pub(crate) struct Tally {
    cores: usize,
    runs: bool,
    received: usize,
    reported: usize,
    generations: BTreeMap<u64, Counts>,
}

/// Counts and times of one generation, in nanoseconds.
#[derive(Clone, Debug, Default)]
struct Counts {
    received: usize,
    run: usize,
    first: i128,
    last_received: i128,
    last_run: i128,
}

impl Tally {
    pub(crate) fn new(cores: usize, runs: bool) -> Self {
        Self { cores, runs, received: 0, reported: 0, generations: BTreeMap::new() }
    }

    /// Cores that have received the generation and, in mode `run`, run and reported it.
    pub(crate) fn begun(&self) -> usize {
        if self.runs { self.reported } else { self.received }
    }

    pub(crate) fn received(&mut self, generation: u64) {
        let counts = self.generations.entry(generation).or_default();
        counts.received += 1;
        counts.last_received = now();
        if counts.received == 1 {
            counts.first = counts.last_received;
        }
        self.received += 1;
    }

    pub(crate) fn runs(&mut self, generation: u64) {
        let counts = self.generations.entry(generation).or_default();
        counts.run += 1;
        counts.last_run = now();
    }

    pub(crate) fn reported(&mut self) {
        self.reported += 1;
    }

    /// Removes and returns the oldest generation, once all cores are done with it.
    pub(crate) fn complete(&mut self) -> Option<String> {
        let (generation, counts) = self.generations.first_key_value()?;
        let all_run = !self.runs || (counts.run >= self.cores && self.reported >= self.cores);
        if counts.received < self.cores || !all_run {
            return None;
        }
        let line = format!(
            "{{\"generation\": {generation}, \"first\": {}, \"received\": {}, \"run\": {}}}",
            counts.first, counts.last_received, counts.last_run
        );
        self.generations.pop_first();
        self.reported = 0;
        Some(line)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cores, {} have reported", self.cores, self.reported)?;
        for (generation, counts) in &self.generations {
            let (received, run) = (counts.received, counts.run);
            write!(f, "; generation {generation} received by {received}, run by {run}")?;
        }
        Ok(())
    }
}

fn now() -> i128 {
    let time = clock_gettime(ClockId::Monotonic);
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}
