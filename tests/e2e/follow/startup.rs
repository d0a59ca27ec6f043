//! A server that starts where rules are broken or cannot be published, and one that follows a
//! folder which is damaged.

use adr_kit::needs;
use std::fs;
use std::path::Path;

use super::world::{DANGEROUS, PUBLISHING, World, rules};
use crate::server_process::ServerProcess;
use adr_kit::http::curl;
use adr_kit::wait::{TIMEOUT, wait_within};

/// The file that phones ask for, as the server of this world serves it.
fn server(world: &World) -> String {
    curl(&[], &format!("http://{}/CUPC/AppDialRules.xml", world.server.http)).body
}

fn start_again(world: &mut World) {
    world.server.kill();
    world.server = ServerProcess::start_watching(world.folder(), &PUBLISHING, ["127.0.0.1:0"; 3]);
}

const NOT_PUBLISHED: &str = "the rules are not published";

/// What the page says while something waits to be fixed.
const FAILED: &str = "The last reload failed";

#[test]
fn start_with_invalid_rules_serves_the_published_generation() {
    needs!("curl");
    let mut world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    world.save(DANGEROUS);
    world.server.wait_for("reload failed");
    start_again(&mut world);
    assert!(server(&world).contains("PrefixWith=\"1\""));
    let told = world.server.wait_for(NOT_PUBLISHED);
    assert_eq!(told["generation"], 1);
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
    assert!(server(&world).contains("PrefixWith=\"2\""));
    assert!(!world.server.admin(&["/"]).body.contains("the rules have"));
}

/// A failing test is no different from any other error: what was server stays, over a reload and
/// over a restart.
#[test]
fn failing_test_keeps_served_files_and_is_reported() {
    needs!("curl");
    let mut world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    world.save(&rules(2).replace("dial 5551212 -> 2", "dial 5551212 -> 9"));
    let named = "rules/plan.adr:6: failed-test: dial `5551212`: expected `95551212`, got `25551212`, \
                 by rule `Local` (rules/plan.adr:3)";
    for message in ["reload failed", NOT_PUBLISHED] {
        let output = world.server.wait_for(message);
        let why = output["why"].as_str().unwrap_or_default();
        assert!(why.contains(named), "{output}");
        assert!(server(&world).contains("PrefixWith=\"1\""));
        let page = world.server.admin(&["/"]).body;
        assert!(page.contains(named), "{page}");
        start_again(&mut world);
    }
    world.save(&rules(3));
    world.server.wait_for("reloaded");
    assert!(server(&world).contains("PrefixWith=\"3\""));
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
    start_again(&mut world);
    world.server.wait_for(NOT_PUBLISHED);
    assert!(server(&world).contains("PrefixWith=\"1\""));
    drop(lock);
    world.server.wait_for("reloaded");
    assert!(server(&world).contains("PrefixWith=\"2\""));
}

/// A signal that comes with a save takes the save's place.
#[test]
fn reload_by_signal_is_retried() {
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
    assert!(server(&world).contains("PrefixWith=\"2\""));
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

/// What is signed for a time is signed anew while the server runs, whether anybody saves or not.
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
    // what is over by the clock of the server, which stands still
    adrc("compile other.adr -o published --sign signer --valid-for 1m", "1700000000");
    let renewed = server.wait_for("signature renewed");
    assert_eq!(renewed["generation"], 3);
    let body = curl(&[], &format!("http://{}/AppDialRules.xml", server.http)).body;
    assert!(body.contains("PrefixWith=\"2\""), "{body}");
}

/// Rules are broken, or wait to be published, whichever process changes the folder meanwhile.
#[test]
fn folder_change_does_not_clear_a_rule_error() {
    needs!("curl");
    let mut world = World::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    let tells = |world: &World, count: usize| {
        let failed = format!("\nadrc_failed_reloads {count}\n");
        let has_count = world.server.admin(&["/metrics"]).body.contains(&failed);
        has_count && world.server.admin(&["/"]).body.contains(FAILED) == (count > 0)
    };
    world.save(&rules(2));
    world.server.wait_for_nth("reloaded", 1);
    assert!(tells(&world, 0));
    world.save(DANGEROUS);
    world.server.wait_for_nth("reload failed", 1);
    assert!(world.adrc("rollback --publish published").status.success());
    world.server.wait_for_nth("reloaded", 2);
    assert!(tells(&world, 1));
    let lock = fs::File::open(world.folder().join("published/.lock")).unwrap();
    lock.lock().unwrap();
    world.save(&rules(3));
    world.server.wait_for_nth("reload failed", 2);
    lead_to(world.folder(), 2);
    world.server.wait_for_nth("reloaded", 3);
    assert!(tells(&world, 1));
    drop(lock);
    world.server.wait_for_nth("reloaded", 4);
    assert!(server(&world).contains("PrefixWith=\"3\""));
    assert!(tells(&world, 0));
}

/// Leads the link of the published folder to a generation, as nobody does who has `adrc`.
fn lead_to(folder: &Path, generation: usize) {
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
    lead_to(sandbox.path(), 1);
    wait_within(TIMEOUT, || !is_fixed(), || "nothing failed".to_owned());
    lead_to(sandbox.path(), 2);
    wait_within(TIMEOUT, is_fixed, || "it is not fixed".to_owned());
    lead_to(sandbox.path(), 1);
    wait_within(TIMEOUT, || !is_fixed(), || "nothing failed again".to_owned());
    fs::rename(&aside, &file).unwrap();
    let reloaded = server.wait_for("reloaded");
    assert_eq!(reloaded["generation"], 1);
}
