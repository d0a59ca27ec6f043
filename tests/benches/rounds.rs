//! Measuring on a machine that others use as well.
//!
//! All ways take turns, round by round, and a ratio is that of one round. What is measured is the
//! processor time of the thread, which does not go on while others have the core.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Medians over the rounds.
pub(crate) struct Median {
    /// Nanoseconds.
    pub(crate) time: f64,
    /// The time of the first way in the same round, divided by this way's.
    pub(crate) ratio: f64,
}

/// Runs `ways` in turns, `rounds` times; each gives its time in nanoseconds.
pub(crate) fn in_turns(rounds: usize, ways: &mut [Box<dyn FnMut() -> f64 + '_>]) -> Vec<Median> {
    let times: Vec<Vec<f64>> =
        (0..rounds).map(|_| ways.iter_mut().map(|way| way()).collect()).collect();
    (0..ways.len())
        .map(|way| Median {
            time: median(times.iter().map(|round| round[way]).collect()),
            ratio: median(times.iter().map(|round| round[0] / round[way]).collect()),
        })
        .collect()
}

/// The processor time that `work` takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let began = processor_time();
    let made = work();
    (processor_time().saturating_sub(began), made)
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
