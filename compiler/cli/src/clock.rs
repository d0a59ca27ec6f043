//! The time that manifests and records contain.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970, UTC. The environment variable `SOURCE_DATE_EPOCH` replaces the clock, for
/// reproducible output.
pub(crate) fn now() -> u64 {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok();
    let fixed = fixed.and_then(|seconds| seconds.trim().parse().ok());
    fixed.unwrap_or_else(|| {
        // a clock before 1970 was never set
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    })
}

/// A time in seconds since 1970 as text, such as "2026-11-25T01:40:00Z".
pub(crate) fn utc(seconds: u64) -> String {
    // the last second of the year 9999: the format has four digits for the year
    let seconds = seconds.min(253_402_300_799);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}
