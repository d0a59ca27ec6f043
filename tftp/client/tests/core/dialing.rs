//! Dialing through a core, and waiting for it.

use std::time::Duration;

use adr_client::follow::Transport;
use adr_client::{Core, Server, Settings, Timing};
use adr_kit::wait::{TIMEOUT, wait_within};

/// Settings with short timeouts.
pub(crate) fn quick_settings(servers: Vec<Server>) -> Settings {
    let timing = Timing {
        first_event_timeout: Duration::from_millis(500),
        idle_timeout: Duration::from_millis(500),
        retry_delay: Duration::from_millis(20),
        min_gap: Duration::from_millis(20),
        ..Timing::default()
    };
    Settings { timing, poll_interval: Duration::from_millis(200), ..Settings::new(servers) }
}

/// Settings with which a core notices neither a silent stream nor a missed announcement, asks no
/// other server because one is slow, and leaves none that is behind: a busy machine makes no
/// difference.
pub(crate) fn patient_settings(servers: Vec<Server>) -> Settings {
    let hour = Duration::from_secs(3600);
    let mut settings = Settings { poll_interval: hour, ..quick_settings(servers) };
    settings.timing.first_event_timeout = hour;
    settings.timing.idle_timeout = hour;
    settings.timing.first_answer_timeout = hour;
    settings.timing.lag_patience = hour;
    settings
}

/// What a core dials for a number.
pub(crate) fn dial(core: &Core, number: &str) -> String {
    let mut result = Vec::new();
    core.handle().dial(number.as_bytes(), &mut result);
    String::from_utf8(result).unwrap()
}

/// Waits until a condition holds; fails after two minutes.
#[track_caller]
pub(crate) fn wait_until(what: &str, holds: impl FnMut() -> bool) {
    wait_within(TIMEOUT, holds, || what.to_owned());
}

/// Waits until the core puts this prefix before seven digits, and its status is that of the rules
/// that do so: it follows them a moment later.
#[track_caller]
pub(crate) fn wait_for_prefix(core: &Core, prefix: &str) {
    let expected = format!("{prefix}5551212");
    wait_until(&format!("dials {expected}; {:?}", core.handle().status()), || {
        let handle = core.handle();
        let is_in_step = || handle.rules().generation() == handle.status().generation;
        dial(core, "5551212") == expected && is_in_step()
    });
}

/// Waits until the core learns of changes by this transport.
#[track_caller]
pub(crate) fn wait_for_transport(core: &Core, transport: Transport) {
    wait_until(&format!("follows by {transport:?}"), || {
        core.handle().status().transport == Some(transport)
    });
}
