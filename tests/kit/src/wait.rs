//! Waiting for something to happen, with a limit.

use std::time::{Duration, Instant};

/// After this long, a test that waits fails: far longer than anything takes on a loaded machine.
pub const TIMEOUT: Duration = Duration::from_secs(120);

/// After this long without an answer, a client of the kit gives up.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Time between two checks of a condition.
const INTERVAL: Duration = Duration::from_millis(5);

/// Waits until a condition holds; `what` names it in the failure.
///
/// # Panics
///
/// After [`TIMEOUT`].
#[track_caller]
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    wait_within(TIMEOUT, condition, || what.to_owned());
}

/// Waits until a condition holds; `failure` describes the state that it has instead.
///
/// # Panics
///
/// After `limit`.
#[track_caller]
pub fn wait_within(
    limit: Duration,
    mut condition: impl FnMut() -> bool,
    failure: impl Fn() -> String,
) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < limit, "timed out: {}", failure());
        std::thread::sleep(INTERVAL);
    }
}
