//! Durations on the command line.

use std::time::Duration;

/// Parses durations such as `200ms`, `30s` and `5m`. A number without a unit is an error.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = |_| format!("invalid duration `{text}`; for example 200ms, 30s or 5m");
    humantime::parse_duration(text).map_err(wrong)
}
