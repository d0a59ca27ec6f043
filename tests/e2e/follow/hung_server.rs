//! Two servers of one published folder, of which the first one hangs.

use std::time::Duration;

use adr_kit::needs;
use adr_kit::wait::{TIMEOUT, wait_within};
use rustix::process::Signal;
use serde_json::json;

use super::world::{PUBLISHING, World, ask, rules};
use crate::server_process::ServerProcess;

/// Less than the 45 seconds after which a core gives up a silent stream.
const SOON: Duration = Duration::from_secs(40);

/// A stopped process keeps its connections. A core that only watched its stream would notice after
/// 45 seconds.
#[test]
fn change_reaches_a_core_whose_first_server_is_stopped() {
    needs!("curl");
    let world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    let any = ["127.0.0.1:0"; 3];
    let first = ServerProcess::start_watching(world.folder(), &["published"], any);
    let servers = [&first, &world.server].map(|server| format!("http://{}", server.http));
    let _core = world.core_of("core", &servers);
    world.until_dialed("core", "15551212");
    let socket = world.folder().join("core");
    let followed = || {
        let reply = ask(&socket, &json!({"verb": "status"})).unwrap_or_default();
        reply["status"]["followed"].as_str().unwrap_or_default().to_owned()
    };
    wait_within(TIMEOUT, || followed() == format!("{}/", servers[0]), followed);
    let metrics = || world.server.admin(&["/metrics"]).body;
    wait_within(TIMEOUT, || metrics().contains("adrc_event_listeners 1\n"), metrics);
    first.signal(Signal::STOP);
    for prefix in 2..5 {
        world.save(&rules(prefix));
        let dials = || world.dialed("core");
        wait_within(SOON, || dials() == format!("{prefix}5551212"), dials);
    }
    // it also follows and reports to the other server now
    wait_within(TIMEOUT, || followed() == format!("{}/", servers[1]), followed);
    let clients = || {
        let answer = world.server.admin(&["/-/clients"]).body;
        serde_json::from_str::<serde_json::Value>(&answer).unwrap()
    };
    wait_within(TIMEOUT, || clients()["current"] == 1, || clients().to_string());
    first.signal(Signal::CONT);
}
