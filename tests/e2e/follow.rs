//! From a save to a call: a server that watches its rules, cores that follow it, and commands that
//! wait for them.

mod phone;
mod random_kills;
mod startup;
mod world;

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
    let waiting = format!("rollback --publish published 1 --wait 60s --admin {admin}");
    assert!(world.adrc(&waiting).status.success());
    world.save(&rules(2));
    world.until_dialed("by-http", "25551212");
    let rolled = world.adrc(&format!("rollback --publish published --wait 60s --admin {admin}"));
    assert!(rolled.status.success(), "{rolled:?}");
    assert_eq!(world.dialed("by-http"), "15551212", "it was waited for");
    let metrics = world.server.admin(&["/metrics"]).body;
    assert!(metrics.contains("adrc_clients{generation=\"3\"} 1"), "{metrics}");
    // a core that is there and stays behind: one that told so and then hears nothing any more
    let behind = "{\"client\":\"core-behind\",\"generation\":1,\"sha256\":\"\"}";
    let posted =
        adr_kit::http::curl(&["-d", behind], &format!("http://{}/-/report", world.server.http));
    assert_eq!(posted.status, 204);
    let late = world.adrc(&format!("rollback --publish published 2 --wait 2s --admin {admin}"));
    assert_eq!(late.status.code(), Some(5), "{late:?}");
    assert!(
        String::from_utf8_lossy(&late.stderr).contains("1 of 2 clients run generation 4"),
        "{late:?}"
    );
    drop(core);
    let nobody = world.adrc("rollback --publish published 1 --wait 1s --admin 127.0.0.1:1");
    assert_eq!(nobody.status.code(), Some(2), "{nobody:?}");
}

/// Without a folder nothing remembers what was published before, and cores take nothing older than
/// what they run.
#[test]
fn cores_follow_a_restarted_server_without_a_folder() {
    needs!("curl");
    let words = ["rules", "--debounce", "50ms"];
    // an address of its own, on which nobody takes a port between a kill and the next start
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
    // a publisher of another folder that waits for this server waits for the wrong one
    let admin = &addresses[2];
    let elsewhere = world.adrc(&format!("publish rules -o other --wait 1s --admin {admin}"));
    assert_eq!(elsewhere.status.code(), Some(5), "{elsewhere:?}");
    let output = String::from_utf8_lossy(&elsewhere.stderr);
    assert!(output.contains("of another folder, not generation"), "{output}");
}

/// What is read is published, once: neither the start nor a generation from here is a reload.
/// A requester gets the answer.
#[test]
fn every_cause_is_one_reload() {
    needs!("curl");
    let words = [&PUBLISHING[..], &["--admin-reload"]].concat();
    let mut world = World::new(&words, ["127.0.0.1:0"; 3]);
    world.server.signal(Signal::HUP);
    world.server.wait_for_nth("reloaded", 1);
    world.save(&rules(2));
    world.server.wait_for_nth("reloaded", 2);
    let ask = |world: &World| world.server.admin(&["-XPOST", "/-/reload"]);
    let told = ask(&world);
    assert_eq!((told.status, told.body.as_str()), (200, "generation 2\n"));
    assert!(world.adrc("rollback --publish published").status.success());
    world.server.wait_for_nth("reloaded", 4);
    world.save(DANGEROUS);
    world.server.wait_for("reload failed");
    let told = ask(&world);
    assert!(told.status == 422 && told.body.contains("the rules have 1 error"), "{told:?}");
    world.save(&rules(3));
    world.server.wait_for_nth("reloaded", 5);
    let told = world.server.events("reloaded");
    let causes = told.iter().map(|event| {
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
