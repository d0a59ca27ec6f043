//! Dialing through a core, and waiting for it.

use std::time::{Duration, Instant};

use adr_client::follow::Transport;
use adr_client::{Core, Server, Settings, Timing};

/// Settings with short timeouts.
pub(crate) fn quick_settings(servers: Vec<Server>) -> Settings {
    let timing = Timing {
        first_event_timeout: Duration::from_millis(500),
        idle_timeout: Duration::from_millis(500),
        retry_delay: Duration::from_millis(20),
        ..Timing::default()
    };
    Settings { timing, poll_interval: Duration::from_millis(200), ..Settings::new(servers) }
}

/// What a core dials for a number.
pub(crate) fn dial(core: &Core, number: &str) -> String {
    let mut result = Vec::new();
    core.handle().dial(number.as_bytes(), &mut result);
    String::from_utf8(result).unwrap()
}

/// Waits until a condition holds; fails after a minute.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < until, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the core puts this prefix before seven digits.
pub(crate) fn wait_for_prefix(core: &Core, prefix: &str) {
    let expected = format!("{prefix}5551212");
    eventually(&format!("dials {expected}; {:?}", core.handle().status()), || {
        dial(core, "5551212") == expected
    });
}

/// Waits until the core learns of changes by this transport.
pub(crate) fn wait_for_transport(core: &Core, transport: Transport) {
    eventually(&format!("follows by {transport:?}"), || {
        core.handle().status().transport == Some(transport)
    });
}
