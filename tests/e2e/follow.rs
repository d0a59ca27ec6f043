//! From a saved rule to a call: a server that watches its rules, client cores that follow it, and
//! commands that wait for them.

mod hung_server;
mod phone;
mod random_kills;
mod startup;
pub(crate) mod world;

use adr_kit::needs;
use rustix::process::Signal;

use crate::server_process::ServerProcess;
use adr_kit::wait::{TIMEOUT, wait_within};
use world::{DANGEROUS, PUBLISHING, World, rules};

#[test]
fn wait_returns_when_all_clients_run_the_generation() {
    needs!("curl");
    let world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    let core = world.core("by-http", &format!("http://{}", world.server.http));
    world.until_dialed("by-http", "15551212");
    let admin = world.server.admin;
    let clients = || {
        let answer = world.server.admin(&["/-/clients"]);
        serde_json::from_str::<serde_json::Value>(&answer.body).unwrap()
    };
    wait_within(TIMEOUT, || clients()["current"] == 1, || clients().to_string());
    let rollback = format!("rollback --publish published 1 --wait 60s --admin {admin}");
    assert!(world.adrc(&rollback).status.success());
    world.save(&rules(2));
    world.until_dialed("by-http", "25551212");
    let waited = world.adrc(&format!("rollback --publish published --wait 60s --admin {admin}"));
    assert!(waited.status.success(), "{waited:?}");
    assert_eq!(world.dialed("by-http"), "15551212", "the command ended before the core reloaded");
    let metrics = world.server.admin(&["/metrics"]).body;
    assert!(metrics.contains("adrc_clients{generation=\"3\"} 1"), "{metrics}");
    // a connected core that stays behind: it reports its generation once and never again
    let behind = "{\"client\":\"core-behind\",\"generation\":1,\"sha256\":\"\"}";
    let posted =
        adr_kit::http::curl(&["-d", behind], &format!("http://{}/-/report", world.server.http));
    assert_eq!(posted.status, 204);
    // the other one runs the generation before the command waits for both
    let rollback = "rollback --publish published 2";
    assert!(world.adrc(rollback).status.success());
    wait_within(TIMEOUT, || clients()["generation"] == 4, || clients().to_string());
    wait_within(TIMEOUT, || clients()["current"] == 1, || clients().to_string());
    let late = world.adrc_that_waits(&format!("{rollback} --wait 2s --admin {admin}"));
    assert_eq!(late.status.code(), Some(5), "{late:?}");
    assert!(
        String::from_utf8_lossy(&late.stderr).contains("1 of 2 clients run generation 4"),
        "{late:?}"
    );
    drop(core);
    let unreachable = world.adrc("rollback --publish published 1 --wait 1s --admin 127.0.0.1:1");
    assert_eq!(unreachable.status.code(), Some(2), "{unreachable:?}");
}

/// Without a published folder the server does not know the previous generation, and cores accept no
/// older one.
#[test]
fn cores_follow_a_restarted_server_without_a_folder() {
    needs!("curl");
    let words = ["rules", "--debounce", "50ms"];
    // an address that no other test uses, so that its ports stay free until the next start
    let mut world = World::new(&words, ["127.0.0.6:0"; 3]);
    let addresses = [world.server.tftp, world.server.http, world.server.admin]
        .map(|address| address.to_string());
    let _core = world.core("core", &format!("http://{}", addresses[1]));
    world.until_dialed("core", "15551212");
    for prefix in [2, 3] {
        world.save(&rules(prefix));
        world.until_dialed("core", &format!("{prefix}5551212"));
    }
    world.server.kill();
    world.save(&rules(4));
    let [tftp, http, admin] = &addresses;
    world.server = ServerProcess::start_watching(world.folder(), &words, [tftp, http, admin]);
    world.until_dialed("core", "45551212");
    // waiting for a server that serves another folder fails
    let admin = &addresses[2];
    let elsewhere =
        world.adrc_that_waits(&format!("publish rules -o other --wait 1s --admin {admin}"));
    assert_eq!(elsewhere.status.code(), Some(5), "{elsewhere:?}");
    let output = String::from_utf8_lossy(&elsewhere.stderr);
    assert!(output.contains("of another folder, not generation"), "{output}");
}

/// The start of the server and its own publications cause no reload. A request for a reload gets
/// its result.
#[test]
fn each_reload_is_logged_once_with_its_cause() {
    needs!("curl");
    let words = [&PUBLISHING[..], &["--admin-reload"]].concat();
    let mut world = World::new(&words, ["127.0.0.1:0"; 3]);
    world.server.signal(Signal::HUP);
    world.server.wait_for_nth("reloaded", 1);
    world.save(&rules(2));
    world.server.wait_for_nth("reloaded", 2);
    let reload = |world: &World| world.server.admin(&["-XPOST", "/-/reload"]);
    let response = reload(&world);
    assert_eq!((response.status, response.body.as_str()), (200, "generation 2\n"));
    assert!(world.adrc("rollback --publish published").status.success());
    world.server.wait_for_nth("reloaded", 4);
    world.save(DANGEROUS);
    world.server.wait_for("reload failed");
    let response = reload(&world);
    assert!(
        response.status == 422 && response.body.contains("the rules have 1 error"),
        "{response:?}"
    );
    world.save(&rules(3));
    world.server.wait_for_nth("reloaded", 5);
    let reloads = world.server.events("reloaded");
    let causes = reloads.iter().map(|event| {
        let cause = event["cause"].as_str().unwrap();
        (cause, event["generation"].as_u64().unwrap())
    });
    let expected = [
        ("SIGHUP", 1),
        ("files changed", 2),
        ("POST /-/reload", 2),
        ("the published folder changed", 3),
        ("files changed", 4),
    ];
    assert_eq!(causes.collect::<Vec<_>>(), expected);
}
