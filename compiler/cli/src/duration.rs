//! Durations on the command line.

use std::time::Duration;

/// `200ms`, `30s`, `5m`; a bare number is refused, because nobody can tell its unit.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = |_| format!("invalid duration `{text}`; for example 200ms, 30s or 5m");
    humantime::parse_duration(text).map_err(wrong)
}
