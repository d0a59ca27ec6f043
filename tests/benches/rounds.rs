//! Measuring on a machine that runs other work as well.
//!
//! The candidates take turns, round by round, and ratios compare times of the same round. Times are
//! processor times of the thread, which stop while other threads have the core.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Medians over the rounds.
pub(crate) struct Median {
    /// In nanoseconds.
    pub(crate) time: f64,
    /// The time of the first candidate in the same round, divided by the time of this one.
    pub(crate) ratio: f64,
}

/// Runs the candidates in turns, `rounds` times; each returns its time in nanoseconds.
pub(crate) fn in_turns(
    rounds: usize,
    candidates: &mut [Box<dyn FnMut() -> f64 + '_>],
) -> Vec<Median> {
    let times: Vec<Vec<f64>> =
        (0..rounds).map(|_| candidates.iter_mut().map(|run| run()).collect()).collect();
    (0..candidates.len())
        .map(|at| Median {
            time: median(times.iter().map(|round| round[at]).collect()),
            ratio: median(times.iter().map(|round| round[0] / round[at]).collect()),
        })
        .collect()
}

/// The processor time that `work` takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let began = processor_time();
    let result = work();
    (processor_time().saturating_sub(began), result)
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
