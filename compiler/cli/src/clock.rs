//! The time of day, for what is written down.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970. `SOURCE_DATE_EPOCH` stands in for the clock where somebody wants the same
/// bytes every time.
pub(crate) fn now() -> u64 {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok();
    let fixed = fixed.and_then(|seconds| seconds.trim().parse().ok());
    fixed.unwrap_or_else(|| {
        // A clock before 1970 is a clock that nobody set.
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    })
}

/// "2026-11-25T01:40:00Z".
pub(crate) fn utc(seconds: u64) -> String {
    // The last second of the year 9999, beyond which there is no such form.
    let seconds = seconds.min(253_402_300_799);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}
