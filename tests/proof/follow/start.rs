//! A server that starts where rules are broken or cannot be published, and one that follows a
//! folder which is damaged.

use std::fs;
use std::path::Path;

use super::house::{DANGEROUS, House, PUBLISHING, rules};
use crate::served::{Served, curl, eventually};

/// The file that phones ask for, as the server of this house serves it.
fn served(house: &House) -> String {
    curl(&[], &format!("http://{}/CUPC/AppDialRules.xml", house.served.http)).body
}

fn start_again(house: &mut House) {
    house.served.halt();
    house.served = Served::watching(house.folder(), &PUBLISHING, ["127.0.0.1:0"; 3]);
}

const NOT_PUBLISHED: &str = "the rules are not published";

/// What the page says while something waits to be mended.
const FAILED: &str = "The last reload failed";

#[test]
fn a_start_with_broken_rules_serves_what_was_published_before() {
    let mut house = House::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    house.save(DANGEROUS);
    house.served.wait_for("reload failed");
    start_again(&mut house);
    assert!(served(&house).contains("PrefixWith=\"1\""));
    let told = house.served.wait_for(NOT_PUBLISHED);
    assert_eq!(told["generation"], 1);
    let findings = house.served.events("finding");
    let is_named = |finding: &serde_json::Value| {
        let finding = finding["finding"].as_str().unwrap_or_default();
        finding.contains("emergency-rewritten")
    };
    assert!(findings.iter().any(is_named), "{findings:?}");
    assert!(house.served.admin(&["/"]).body.contains("the rules have 1 error"));
    let check = house.adrc("serve rules --publish published --check");
    assert_eq!(check.status.code(), Some(1), "{check:?}");
    house.save(&rules(2));
    house.served.wait_for("reloaded");
    assert!(served(&house).contains("PrefixWith=\"2\""));
    assert!(!house.served.admin(&["/"]).body.contains("the rules have"));
}

/// A failing test is no different from any other error: what was served stays, over a reload and
/// over a restart.
#[test]
fn failing_test_keeps_what_is_served_and_is_named_on_the_page_and_in_the_log() {
    let mut house = House::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    house.save(&rules(2).replace("dial 5551212 -> 2", "dial 5551212 -> 9"));
    let named = "rules/plan.adr:6: failed-test: dial `5551212`: expected `95551212`, got `25551212`, \
                 by rule `Local` (rules/plan.adr:3)";
    for message in ["reload failed", NOT_PUBLISHED] {
        let said = house.served.wait_for(message);
        let why = said["why"].as_str().unwrap_or_default();
        assert!(why.contains(named), "{said}");
        assert!(served(&house).contains("PrefixWith=\"1\""));
        let page = house.served.admin(&["/"]).body;
        assert!(page.contains(named), "{page}");
        start_again(&mut house);
    }
    house.save(&rules(3));
    house.served.wait_for("reloaded");
    assert!(served(&house).contains("PrefixWith=\"3\""));
    assert!(!house.served.admin(&["/"]).body.contains("failed-test"));
}

#[test]
fn a_start_where_somebody_publishes_serves_what_was_there_and_goes_on() {
    let mut house = House::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    house.served.halt();
    house.save(&rules(2));
    let lock = fs::File::open(house.folder().join("published/.lock")).unwrap();
    lock.lock().unwrap();
    start_again(&mut house);
    house.served.wait_for(NOT_PUBLISHED);
    assert!(served(&house).contains("PrefixWith=\"1\""));
    drop(lock);
    house.served.wait_for("reloaded");
    assert!(served(&house).contains("PrefixWith=\"2\""));
}

/// A signal that comes with a save takes the save's place.
#[test]
fn what_a_signal_asked_for_is_tried_again_as_well() {
    let words = [&PUBLISHING[..], &["--no-watch"]].concat();
    let mut house = House::new(&words, ["127.0.0.1:0"; 3]);
    let lock = fs::File::open(house.folder().join("published/.lock")).unwrap();
    lock.lock().unwrap();
    house.save(&rules(2));
    house.served.signal(rustix::process::Signal::HUP);
    house.served.wait_for("reload failed");
    drop(lock);
    house.served.wait_for("reloaded");
    assert!(served(&house).contains("PrefixWith=\"2\""));
}

#[test]
fn without_a_good_generation_broken_rules_end_the_start() {
    let house = House::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    house.save(DANGEROUS);
    let start = |publish: &str| {
        let ports = "--tftp 127.0.0.1:0 --http 127.0.0.1:0 --admin off";
        let ran = house.adrc(&format!("serve rules --publish {publish} {ports}"));
        assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    };
    start("nowhere");
    let file = house.folder().join("published/generations/1/CUPC/AppDialRules.xml");
    fs::remove_file(file).unwrap();
    start("published");
}

/// What is signed for a time is signed anew while the server runs, whether anybody saves or not.
#[test]
fn a_signature_that_comes_to_its_end_is_made_anew() {
    let room = tempfile::tempdir().unwrap();
    let adrc = |line: &str, clock: &str| {
        let mut command = adr_tests::adrc(room.path());
        command.args(line.split(' ')).env("SOURCE_DATE_EPOCH", clock);
        assert!(command.status().unwrap().success(), "{line}");
    };
    adrc("key new signer", "0");
    fs::create_dir(room.path().join("rules")).unwrap();
    for (file, prefix) in [("rules/plan.adr", 1), ("other.adr", 2)] {
        fs::write(room.path().join(file), rules(prefix)).unwrap();
    }
    let words = [&PUBLISHING[..], &["--sign", "signer", "--valid-for", "1m"]].concat();
    let mut served = Served::watching(room.path(), &words, ["127.0.0.1:0"; 3]);
    // what is over by the clock of the server, which stands still
    adrc("compile other.adr -o published --sign signer --valid-for 1m", "1700000000");
    let renewed = served.wait_for("signature renewed");
    assert_eq!(renewed["generation"], 3);
    let body = curl(&[], &format!("http://{}/AppDialRules.xml", served.http)).body;
    assert!(body.contains("PrefixWith=\"2\""), "{body}");
}

/// Rules are broken, or wait to be published, whoever does something with the folder meanwhile.
#[test]
fn a_folder_that_is_followed_says_nothing_of_the_rules() {
    let mut house = House::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    let tells = |house: &House, count: usize| {
        let failed = format!("\nadrc_failed_reloads {count}\n");
        let is_told = house.served.admin(&["/metrics"]).body.contains(&failed);
        is_told && house.served.admin(&["/"]).body.contains(FAILED) == (count > 0)
    };
    house.save(&rules(2));
    house.served.wait_for_nth("reloaded", 1);
    assert!(tells(&house, 0));
    house.save(DANGEROUS);
    house.served.wait_for_nth("reload failed", 1);
    assert!(house.adrc("rollback --publish published").status.success());
    house.served.wait_for_nth("reloaded", 2);
    assert!(tells(&house, 1));
    let lock = fs::File::open(house.folder().join("published/.lock")).unwrap();
    lock.lock().unwrap();
    house.save(&rules(3));
    house.served.wait_for_nth("reload failed", 2);
    lead_to(house.folder(), 2);
    house.served.wait_for_nth("reloaded", 3);
    assert!(tells(&house, 1));
    drop(lock);
    house.served.wait_for_nth("reloaded", 4);
    assert!(served(&house).contains("PrefixWith=\"3\""));
    assert!(tells(&house, 0));
}

/// Leads the link of the published folder to a generation, as nobody does who has `adrc`.
fn lead_to(folder: &Path, generation: usize) {
    let link = folder.join("link");
    std::os::unix::fs::symlink(format!("generations/{generation}"), &link).unwrap();
    fs::rename(&link, folder.join("published/current")).unwrap();
}

#[test]
fn a_folder_that_is_mended_in_place_is_served() {
    let room = tempfile::tempdir().unwrap();
    let adrc = |line: &str| {
        let mut command = adr_tests::adrc(room.path());
        assert!(command.args(line.split(' ')).status().unwrap().success());
    };
    for prefix in [1, 2] {
        fs::write(room.path().join("plan.adr"), rules(prefix)).unwrap();
        adrc("compile plan.adr -o published");
    }
    let generations = room.path().join("published/generations");
    let (file, aside) = (generations.join("1/CUPC/AppDialRules.xml"), room.path().join("aside"));
    fs::rename(&file, &aside).unwrap();
    let mut served = Served::watching(room.path(), &["published"], ["127.0.0.1:0"; 3]);
    let is_mended = || !served.admin(&["/"]).body.contains(FAILED);
    assert!(is_mended());
    lead_to(room.path(), 1);
    eventually(|| !is_mended(), || "nothing failed".to_owned());
    lead_to(room.path(), 2);
    eventually(is_mended, || "it is not mended".to_owned());
    lead_to(room.path(), 1);
    eventually(|| !is_mended(), || "nothing failed again".to_owned());
    fs::rename(&aside, &file).unwrap();
    let reloaded = served.wait_for("reloaded");
    assert_eq!(reloaded["generation"], 1);
}
