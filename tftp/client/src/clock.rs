//! The time of day.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, UTC; 0 if the clock is set to an earlier time.
#[allow(clippy::disallowed_methods, reason = "signatures expire by the time of day")]
pub(crate) fn unix_seconds() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| elapsed.as_secs())
}
