//! `--wait` says that a generation runs only when it runs. No core, a core with the same number and
//! other rules, and a core that follows another server are not success.

use std::process::Output;

use adr_kit::needs;
use adr_kit::wait::{TIMEOUT, wait_within};
use rustix::process::Signal;
use serde_json::Value;

use crate::follow::world::{PUBLISHING, World, rules};
use crate::server_process::ServerProcess;

/// Ends the server of a world as an update of the machine does, and starts it again on the same
/// addresses after `meanwhile`.
fn restart(world: &mut World, meanwhile: impl FnOnce(&World)) {
    let server = &world.server;
    let addresses = [server.tftp, server.http, server.admin].map(|it| it.to_string());
    world.server.signal(Signal::TERM);
    world.server.wait_for("ended");
    world.server.kill();
    meanwhile(world);
    let [tftp, http, admin] = &addresses;
    world.server = ServerProcess::start_watching(world.folder(), &PUBLISHING, [tftp, http, admin]);
}

/// What a server says about its cores.
fn clients(server: &ServerProcess, query: &str) -> Value {
    let answer = server.admin(&[&format!("/-/clients{query}")]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// Waits until a server counts so many cores.
fn until_clients(server: &ServerProcess, count: usize) {
    let clients = || clients(server, "");
    wait_within(TIMEOUT, || clients()["clients"] == count, || clients().to_string());
}

#[track_caller]
fn assert_behind(output: &Output, reason: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains(reason), "`{reason}` is missing in\n{text}");
}

/// Somebody removed the published folder, so numbers begin at 1 again: the core keeps its rules.
#[test]
fn same_number_with_other_content_is_not_success() {
    needs!("curl");
    let mut world = World::new(&PUBLISHING, ["127.0.0.7:0"; 3]);
    let _core = world.core("core", &format!("http://{}", world.server.http));
    world.until_dialed("core", "15551212");
    restart(&mut world, |world| {
        std::fs::remove_dir_all(world.folder().join("published")).unwrap();
        world.save(&rules(6));
    });
    let reported = || {
        let row = clients(&world.server, "")["rows"][0].clone();
        row["generation"] == 1 && row["state"] != "current"
    };
    wait_within(TIMEOUT, reported, || clients(&world.server, "").to_string());
    assert_eq!(clients(&world.server, "")["current"], 0);
    let admin = world.server.admin;
    let publish = format!("publish rules -o published --wait 1s --admin {admin}");
    let waited = world.adrc_that_waits(&publish);
    assert_behind(&waited, "0 of 1 client run generation 1");
    assert_behind(&waited, "runs another generation with the number 1");
    assert_eq!(world.dialed("core"), "15551212");
}

/// Two servers serve one folder, and the core follows the second one: each speaks for both.
#[test]
fn cores_of_all_servers_of_a_folder_count() {
    needs!("curl");
    let world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    let other = ServerProcess::start_watching(world.folder(), &["published"], ["127.0.0.1:0"; 3]);
    let core = world.core("core", &format!("http://{}", other.http));
    world.until_dialed("core", "15551212");
    until_clients(&other, 1);
    let row = clients(&other, "?search=127.0.0.1&state=current")["rows"][0].clone();
    assert_eq!((&row["transport"], &row["freshness"]), (&"events".into(), &"current".into()));
    assert_eq!(row["last_seen_seconds"], 0);
    let wait = |rest: &str| {
        let admin = world.server.admin;
        world.adrc(&format!("rollback --publish published 1 --admin {admin} {rest}"))
    };
    let waited = wait("--wait 60s");
    assert_eq!(waited.status.code(), Some(0), "{waited:?}");
    let text = String::from_utf8_lossy(&waited.stderr);
    assert!(text.contains("1 client of 2 nodes runs generation 1"), "{text}");
    let both = format!("--admin {}", other.admin);
    let waited = wait(&format!("{both} --wait 60s"));
    assert_eq!(waited.status.code(), Some(0), "{waited:?}");
    let text = String::from_utf8_lossy(&waited.stderr);
    assert!(text.contains("1 client of 2 nodes runs generation 1"), "{text}");
    let alone = wait("--wait 60s --allow-none");
    assert_eq!(alone.status.code(), Some(0), "{alone:?}");
    // the core moves from one server to the other, and counts once
    drop(core);
    let _core = world.core("core", &format!("http://{}", world.server.http));
    until_clients(&world.server, 1);
    let waited = wait(&format!("{both} --wait 60s"));
    assert_eq!(waited.status.code(), Some(0), "{waited:?}");
    let text = String::from_utf8_lossy(&waited.stderr);
    assert!(text.contains("1 client of 2 nodes runs generation 1"), "{text}");
}

/// Right after a restart no core has reported: those that were connected before are waited for.
#[test]
fn restarted_server_waits_for_the_cores_that_it_knew() {
    needs!("curl");
    let mut world = World::new(&PUBLISHING, ["127.0.0.8:0"; 3]);
    let url = format!("http://{}", world.server.http);
    let core = world.core("core", &url);
    let _stays = world.core("stays", &url);
    world.until_dialed("core", "15551212");
    until_clients(&world.server, 2);
    let is_ended = std::cell::Cell::new(Some(core));
    restart(&mut world, |world| {
        drop(is_ended.take());
        world.save(&rules(2));
    });
    // the core that stays comes back by itself
    world.until_dialed("stays", "25551212");
    let admin = world.server.admin;
    let publish = |time: &str| {
        let line = format!("publish rules -o published --wait {time} --admin {admin}");
        world.adrc_that_waits(&line)
    };
    // and reports; only the other one is missing then
    let expected = || clients(&world.server, "?state=expected");
    wait_within(TIMEOUT, || expected()["expected"] == 1, || expected().to_string());
    let waited = publish("2s");
    assert_behind(&waited, "of 2 clients run generation 2");
    assert_behind(&waited, "not heard of since the server started");
    let expected = expected();
    assert_eq!((&expected["expected"], &expected["matching"]), (&1.into(), &1.into()));
    let _core = world.core("core", &url);
    let waited = publish("60s");
    assert_eq!(waited.status.code(), Some(0), "{waited:?}");
    assert_eq!(world.dialed("core"), "25551212", "the command ended before the core came back");
}

/// Two nodes whose folders have the same number with other content: naming both fails.
#[test]
fn server_with_other_content_under_the_same_number_is_named() {
    needs!("curl");
    let world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    let there = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    let same = [&world, &there].map(|world| clients(&world.server, "")["sha256"].clone());
    assert_eq!(same[0], same[1], "the same rules give the same manifest");
    there.save(&rules(2));
    world.save(&rules(3));
    let generation = |world: &World| clients(&world.server, "")["generation"] == 2;
    wait_within(TIMEOUT, || generation(&world) && generation(&there), String::new);
    let _core = there.core("core", &format!("http://{}", there.server.http));
    there.until_dialed("core", "25551212");
    let admins = [&world, &there].map(|world| world.server.admin);
    let line = format!(
        "publish rules -o published --wait 1s --admin {} --admin {} --allow-none",
        admins[0], admins[1]
    );
    let waited = world.adrc_that_waits(&line);
    let reason = format!("{} serves generation 2 of another folder", admins[1]);
    assert_behind(&waited, &reason);
}
