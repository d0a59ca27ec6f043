//! Times and time zones on the command line.

use adr_doctor::log::{read_time, read_zone};

use crate::clock::now;
use crate::duration::duration;
use crate::failure::Failure;

/// Parses a zone such as `+01:00`; the result is in minutes east of UTC.
pub(super) fn zone(text: &str) -> Result<i32, String> {
    read_zone(text).ok_or_else(|| format!("invalid zone `{text}`; for example +01:00 or UTC"))
}

/// Reads the value of `--changed` in seconds since 1970 UTC: a time such as `2026-11-30 10:00:00`,
/// or how long ago it was, such as `2h`.
pub(super) fn changed(text: &str, zone_minutes: i32) -> Result<i64, Failure> {
    let now = today();
    let ago = duration(text).ok().and_then(|ago| i64::try_from(ago.as_secs()).ok());
    let time = ago.map(|ago| now.saturating_sub(ago));
    time.or_else(|| read_time(text, zone_minutes, now)).ok_or_else(|| {
        Failure::new(
            format!("--changed: `{}` is not a time", text.escape_debug()),
            "write for example \"2026-11-30 10:00:00\", or 2h for two hours ago",
        )
    })
}

/// Now, in seconds since 1970 UTC.
pub(super) fn today() -> i64 {
    i64::try_from(now()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_is_a_time_or_how_long_ago() {
        assert_eq!(changed("2026-11-30 13:00:00", 60).ok(), Some(1_796_040_000));
        assert_eq!(changed("2026-11-30 13:00:00+01:00", 0).ok(), Some(1_796_040_000));
        let ago = today() - changed("2h", 60).ok().unwrap();
        assert!((7_200..7_260).contains(&ago), "{ago}");
        assert!(changed("yesterday", 0).is_err());
    }
}
