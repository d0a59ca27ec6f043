//! The event by which a server that is about to stop hands its client cores over.

use std::time::Duration;

use crate::state::State;

/// The server-sent event, with its final empty line. A server sends it on every stream before it
/// stops. Client cores follow another server then; old ones ignore it.
pub const MOVING_EVENT: &str = "event: moving\ndata: {}\n\n";

/// The kind of the event.
pub const MOVING_KIND: &str = "moving";

/// The time over which the client cores of a server leave it after a [`MOVING_EVENT`].
/// Servers end the streams right after the event; cores wait for their delay all the same.
pub const MOVING_WINDOW: Duration = Duration::from_secs(3);

/// How long the client core with this name stays after a [`MOVING_EVENT`]; always less than
/// [`MOVING_WINDOW`], and spread evenly over names. `generation` is the one that the server
/// announced last.
///
/// ```
/// use adr_protocol::{MOVING_WINDOW, moving_delay};
///
/// assert!(moving_delay("core-00000001", 7) < MOVING_WINDOW);
/// ```
#[must_use]
pub fn moving_delay(client: &str, generation: u64) -> Duration {
    let window = u64::try_from(MOVING_WINDOW.as_millis()).unwrap_or(u64::MAX);
    State { generation, sha256: String::new(), window }.delay(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_leave_evenly_over_the_window() {
        let mut tenths = [0_u32; 10];
        for client in 0..30_000 {
            let delay = moving_delay(&format!("core-{client:08}"), 7);
            assert!(delay < MOVING_WINDOW);
            tenths[usize::try_from(delay.as_millis() * 10 / MOVING_WINDOW.as_millis()).unwrap()] +=
                1;
        }
        assert!(tenths.iter().all(|count| (2_500..3_500).contains(count)), "{tenths:?}");
    }
}
