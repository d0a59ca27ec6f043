//! Starts of a server whose rules are invalid or cannot be published, and reloads of a damaged
//! folder.

use adr_kit::needs;
use std::fs;
use std::path::Path;

use super::world::{DANGEROUS, PUBLISHING, World, rules};
use crate::server_process::ServerProcess;
use adr_kit::http::curl;
use adr_kit::wait::{TIMEOUT, wait_within};

/// The dial rules that the server serves to phones.
fn served(world: &World) -> String {
    curl(&[], &format!("http://{}/CUPC/AppDialRules.xml", world.server.http)).body
}

/// Kills the server and starts a new one.
fn restart(world: &mut World) {
    world.server.kill();
    world.server = ServerProcess::start_watching(world.folder(), &PUBLISHING, ["127.0.0.1:0"; 3]);
}

const NOT_PUBLISHED: &str = "the rules are not published";

/// A text of the status page while a reload has failed.
const FAILED: &str = "The last reload failed";

#[test]
fn start_with_invalid_rules_serves_the_published_generation() {
    needs!("curl");
    let mut world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    world.save(DANGEROUS);
    world.server.wait_for("reload failed");
    restart(&mut world);
    assert!(served(&world).contains("PrefixWith=\"1\""));
    let warning = world.server.wait_for(NOT_PUBLISHED);
    assert_eq!(warning["generation"], 1);
    let findings = world.server.events("finding");
    let is_named = |finding: &serde_json::Value| {
        let finding = finding["finding"].as_str().unwrap_or_default();
        finding.contains("emergency-rewritten")
    };
    assert!(findings.iter().any(is_named), "{findings:?}");
    assert!(world.server.admin(&["/"]).body.contains("the rules have 1 error"));
    let check = world.adrc("serve rules --publish published --check");
    assert_eq!(check.status.code(), Some(1), "{check:?}");
    world.save(&rules(2));
    world.server.wait_for("reloaded");
    assert!(served(&world).contains("PrefixWith=\"2\""));
    assert!(!world.server.admin(&["/"]).body.contains("the rules have"));
}

/// With a failing test the server keeps serving the published generation, after a reload and after
/// a restart.
#[test]
fn failing_test_keeps_served_files_and_is_reported() {
    needs!("curl");
    let mut world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    world.save(&rules(2).replace("dial 5551212 -> 2", "dial 5551212 -> 9"));
    let test = "rules/plan.adr:6: failed-test: dial `5551212`: expected `95551212`, got `25551212`, \
                 by rule `Local` (rules/plan.adr:3)";
    for message in ["reload failed", NOT_PUBLISHED] {
        let output = world.server.wait_for(message);
        let why = output["why"].as_str().unwrap_or_default();
        assert!(why.contains(test), "{output}");
        assert!(served(&world).contains("PrefixWith=\"1\""));
        let page = world.server.admin(&["/"]).body;
        assert!(page.contains(test), "{page}");
        restart(&mut world);
    }
    world.save(&rules(3));
    world.server.wait_for("reloaded");
    assert!(served(&world).contains("PrefixWith=\"3\""));
    assert!(!world.server.admin(&["/"]).body.contains("failed-test"));
}

#[test]
fn start_with_a_locked_folder_serves_the_published_generation_then_publishes() {
    needs!("curl");
    let mut world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    world.server.kill();
    world.save(&rules(2));
    let lock = fs::File::open(world.folder().join("published/.lock")).unwrap();
    lock.lock().unwrap();
    restart(&mut world);
    world.server.wait_for(NOT_PUBLISHED);
    assert!(served(&world).contains("PrefixWith=\"1\""));
    drop(lock);
    world.server.wait_for("reloaded");
    assert!(served(&world).contains("PrefixWith=\"2\""));
}

/// Without a watch, only the signal makes the server read the saved rules.
#[test]
fn failed_reload_by_signal_is_retried() {
    needs!("curl");
    let words = [&PUBLISHING[..], &["--no-watch"]].concat();
    let mut world = World::new(&words, ["127.0.0.1:0"; 3]);
    let lock = fs::File::open(world.folder().join("published/.lock")).unwrap();
    lock.lock().unwrap();
    world.save(&rules(2));
    world.server.signal(rustix::process::Signal::HUP);
    world.server.wait_for("reload failed");
    drop(lock);
    world.server.wait_for("reloaded");
    assert!(served(&world).contains("PrefixWith=\"2\""));
}

#[test]
fn start_with_invalid_rules_and_no_generation_fails() {
    needs!("curl");
    let world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    world.save(DANGEROUS);
    let start = |publish: &str| {
        let ports = "--tftp 127.0.0.1:0 --http 127.0.0.1:0 --admin off";
        let ran = world.adrc(&format!("serve rules --publish {publish} {ports}"));
        assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    };
    start("nowhere");
    let file = world.folder().join("published/generations/1/CUPC/AppDialRules.xml");
    fs::remove_file(file).unwrap();
    start("published");
}

/// The server renews a signature before it expires, also without a change of rules.
#[test]
fn expiring_signature_is_renewed() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let adrc = |line: &str, clock: &str| {
        let mut command = adr_tests::adrc(sandbox.path());
        command.args(line.split(' ')).env("SOURCE_DATE_EPOCH", clock);
        assert!(command.status().unwrap().success(), "{line}");
    };
    adrc("key new signer", "0");
    fs::create_dir(sandbox.path().join("rules")).unwrap();
    for (file, prefix) in [("rules/plan.adr", 1), ("other.adr", 2)] {
        fs::write(sandbox.path().join(file), rules(prefix)).unwrap();
    }
    let words = [&PUBLISHING[..], &["--sign", "signer", "--valid-for", "1m"]].concat();
    let mut server = ServerProcess::start_watching(sandbox.path(), &words, ["127.0.0.1:0"; 3]);
    // another process publishes with an old clock: its signature has expired for the server
    adrc("compile other.adr -o published --sign signer --valid-for 1m", "1700000000");
    let renewed = server.wait_for("signature renewed");
    assert_eq!(renewed["generation"], 3);
    let body = curl(&[], &format!("http://{}/AppDialRules.xml", server.http)).body;
    assert!(body.contains("PrefixWith=\"2\""), "{body}");
}

/// Rules stay invalid or unpublished, even if another process changes the folder.
#[test]
fn folder_change_does_not_clear_a_rule_error() {
    needs!("curl");
    let mut world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    let has_failed_reloads = |world: &World, count: usize| {
        let failed = format!("\nadrc_failed_reloads {count}\n");
        let has_count = world.server.admin(&["/metrics"]).body.contains(&failed);
        has_count && world.server.admin(&["/"]).body.contains(FAILED) == (count > 0)
    };
    world.save(&rules(2));
    world.server.wait_for_nth("reloaded", 1);
    assert!(has_failed_reloads(&world, 0));
    world.save(DANGEROUS);
    world.server.wait_for_nth("reload failed", 1);
    assert!(world.adrc("rollback --publish published").status.success());
    world.server.wait_for_nth("reloaded", 2);
    assert!(has_failed_reloads(&world, 1));
    let lock = fs::File::open(world.folder().join("published/.lock")).unwrap();
    lock.lock().unwrap();
    world.save(&rules(3));
    world.server.wait_for_nth("reload failed", 2);
    link_current_to(world.folder(), 2);
    world.server.wait_for_nth("reloaded", 3);
    assert!(has_failed_reloads(&world, 1));
    drop(lock);
    world.server.wait_for_nth("reloaded", 4);
    assert!(served(&world).contains("PrefixWith=\"3\""));
    assert!(has_failed_reloads(&world, 0));
}

/// Makes a generation current by hand, without `adrc`.
fn link_current_to(folder: &Path, generation: usize) {
    let link = folder.join("link");
    std::os::unix::fs::symlink(format!("generations/{generation}"), &link).unwrap();
    fs::rename(&link, folder.join("published/current")).unwrap();
}

#[test]
fn folder_fixed_in_place_is_served() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let adrc = |line: &str| {
        let mut command = adr_tests::adrc(sandbox.path());
        assert!(command.args(line.split(' ')).status().unwrap().success());
    };
    for prefix in [1, 2] {
        fs::write(sandbox.path().join("plan.adr"), rules(prefix)).unwrap();
        adrc("compile plan.adr -o published");
    }
    let generations = sandbox.path().join("published/generations");
    let (file, aside) = (generations.join("1/CUPC/AppDialRules.xml"), sandbox.path().join("aside"));
    fs::rename(&file, &aside).unwrap();
    let mut server =
        ServerProcess::start_watching(sandbox.path(), &["published"], ["127.0.0.1:0"; 3]);
    let is_fixed = || !server.admin(&["/"]).body.contains(FAILED);
    assert!(is_fixed());
    link_current_to(sandbox.path(), 1);
    wait_within(TIMEOUT, || !is_fixed(), || "no reload failed".to_owned());
    link_current_to(sandbox.path(), 2);
    wait_within(TIMEOUT, is_fixed, || "the failure is still shown".to_owned());
    link_current_to(sandbox.path(), 1);
    wait_within(TIMEOUT, || !is_fixed(), || "no second reload failed".to_owned());
    fs::rename(&aside, &file).unwrap();
    let reloaded = server.wait_for("reloaded");
    assert_eq!(reloaded["generation"], 1);
}
