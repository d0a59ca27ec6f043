//! From an edit in CUCM to a call: a server that follows the rules in a stand-in for CUCM, and
//! files beside them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use adr_cucm_kit::{CucmStandIn, Edit, Fault, Injection, Pattern, Rule, RuleKind, zeep};
use adr_kit::http::curl;
use adr_kit::needs;
use adr_kit::wait::{TIMEOUT, wait_within};
use tempfile::TempDir;

use crate::follow::world::World;
use crate::server_process::{MAX_MEMORY, ServerProcess};

/// Arguments of a server that follows the cluster and publishes into a folder.
const FOLLOWING: [&str; 6] = ["--cucm", "hq", "--cucm-poll", "100ms", "--publish", "published"];

/// A cluster with one rule, which puts 9 before seven digits that begin with 5.
fn cluster() -> CucmStandIn {
    let cucm = CucmStandIn::start();
    let rule = Rule::new("Local", "5", [7, 0], "9").priority(1);
    cucm.state().add_rule(RuleKind::Application, rule);
    cucm
}

/// A folder with the settings of the cluster; `more` are further lines of its table.
fn project(cucm: &CucmStandIn, more: &str) -> TempDir {
    let sandbox = tempfile::tempdir().unwrap();
    let (address, fingerprint) = (cucm.address(), cucm.fingerprint());
    let settings = format!(
        "[cucm.hq]\npublisher = \"{address}\"\nfingerprint = \"{fingerprint}\"\n\
         credentials = \"hq.secret\"\n{more}"
    );
    fs::write(sandbox.path().join("adrc.toml"), settings).unwrap();
    let secret = sandbox.path().join("hq.secret");
    fs::write(&secret, "user = 'axlreader'\npassword = 'axlreader-secret'\n").unwrap();
    fs::set_permissions(secret, fs::Permissions::from_mode(0o600)).unwrap();
    sandbox
}

fn world(cucm: &CucmStandIn, words: &[&str]) -> World {
    let sandbox = project(cucm, "");
    let server = ServerProcess::start_watching(sandbox.path(), words, ["127.0.0.1:0"; 3]);
    World::of(sandbox, server)
}

/// Changes the prefix of the rule as an administrator does on the page.
fn set_prefix(cucm: &CucmStandIn, prefix: &str) {
    let edit = |rule: &mut Rule| prefix.clone_into(&mut rule.prefix);
    assert!(cucm.state().edit_rule(RuleKind::Application, "Local", edit));
}

/// The rules that the server gives to a client at 127.0.0.1.
fn served(world: &World) -> String {
    curl(&[], &format!("http://{}/AppDialRules.xml", world.server.http)).body
}

fn wait_for_prefix(world: &World, prefix: &str) {
    let wanted = format!("PrefixWith=\"{prefix}\"");
    wait_within(TIMEOUT, || served(world).contains(&wanted), || served(world));
}

/// Waits until the page of the admin port has this text.
fn wait_for_page(world: &World, text: &str) {
    let page = || world.server.admin(&["/"]).body;
    wait_within(TIMEOUT, || page().contains(text), page);
}

#[test]
fn edit_by_a_second_program_is_dialed_by_a_running_core() {
    needs!("curl");
    let cucm = cluster();
    let world = world(&cucm, &FOLLOWING);
    let _core = world.core("core", &format!("http://{}", world.server.http));
    world.until_dialed("core", "95551212");
    set_prefix(&cucm, "8");
    world.until_dialed("core", "85551212");
    let update = r#"updateApplicationDialRules={"name":"Local","prefixPattern":"7"}"#;
    if zeep(&cucm, &[update]).is_some() {
        world.until_dialed("core", "75551212");
    }
}

#[test]
fn outage_keeps_serving_and_says_since_when() {
    needs!("curl");
    let cucm = cluster();
    let world = world(&cucm, &FOLLOWING);
    wait_for_prefix(&world, "9");
    assert_eq!(world.server.until_ready(), "ready, generation 1\n");
    cucm.faults().add(Injection::new(Fault::Close));
    wait_for_page(&world, "CUCM hq is silent since ");
    let body = world.server.until_ready();
    assert!(body.starts_with("ready, generation 1\nCUCM hq is silent since "), "{body}");
    assert!(body.contains("; the rules published before stay"), "{body}");
    let metrics = world.server.admin(&["/metrics"]).body;
    assert!(metrics.contains("\nadrc_cucm_up 0\n"), "{metrics}");
    assert!(metrics.contains("\nadrc_failed_reloads 0\n"), "{metrics}");
    assert!(metrics.contains("\nadrc_cucm_last_answer_timestamp_seconds 1"), "{metrics}");
    wait_for_prefix(&world, "9");
    set_prefix(&cucm, "8");
    cucm.faults().clear();
    wait_for_prefix(&world, "8");
    assert_eq!(world.server.until_ready(), "ready, generation 2\n");
    let metrics = world.server.admin(&["/metrics"]).body;
    assert!(metrics.contains("\nadrc_cucm_up 1\n"), "{metrics}");
}

#[test]
fn server_that_starts_in_an_outage_serves_the_published_generation() {
    needs!("curl");
    let cucm = cluster();
    let mut world = world(&cucm, &FOLLOWING);
    wait_for_prefix(&world, "9");
    world.server.kill();
    set_prefix(&cucm, "8");
    cucm.faults().add(Injection::new(Fault::Close));
    let folder = world.folder().to_owned();
    world.server = ServerProcess::start_watching(&folder, &FOLLOWING, ["127.0.0.1:0"; 3]);
    wait_for_prefix(&world, "9");
    wait_for_page(&world, "adrc has read no rules since it started");
    cucm.faults().clear();
    wait_for_prefix(&world, "8");
}

#[test]
fn server_with_nothing_published_waits_for_an_answer() {
    needs!("curl");
    let cucm = cluster();
    cucm.faults().add(Injection::new(Fault::Close).times(2));
    let world = world(&cucm, &["--cucm", "hq", "--cucm-poll", "100ms"]);
    wait_for_prefix(&world, "9");
    let silent = world.server.events("CUCM hq is silent since ");
    assert!(!silent.is_empty());
}

#[test]
fn flag_that_breaks_the_emergency_proof_is_an_alert_with_the_shortest_number() {
    needs!("curl");
    let cucm = cluster();
    let short = Rule::new("Short", "11", [3, 0], "0").priority(2);
    cucm.state().add_rule(RuleKind::Application, short);
    let world = world(&cucm, &FOLLOWING);
    wait_for_prefix(&world, "9");
    let patterns = ["5551212", "112"].map(|pattern| Pattern::new(pattern, "PSTN").emergency());
    let mut state = cucm.state();
    for pattern in patterns {
        state.changes.record("RoutePattern", &pattern.uuid, Edit::Add);
        state.route_patterns.push(pattern);
    }
    drop(state);
    wait_for_page(&world, "`112` goes out as `0112`");
    set_prefix(&cucm, "8");
    // nothing new is served before the rules are safe again
    world.server.admin(&["/"]);
    assert!(served(&world).contains("PrefixWith=\"9\""), "{}", served(&world));
    assert!(cucm.state().remove_rule(RuleKind::Application, "Short"));
    assert!(cucm.state().remove_rule(RuleKind::Application, "Local"));
    let other = Rule::new("Other", "6", [7, 0], "4").priority(1);
    cucm.state().add_rule(RuleKind::Application, other);
    wait_for_prefix(&world, "4");
}

#[test]
fn wrong_password_at_the_start_ends_the_server_after_one_request() {
    let cucm = cluster();
    let sandbox = project(&cucm, "");
    let mut command = adr_tests::adrc(sandbox.path());
    command.args(["serve", "--admin", "off", "--tftp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    command.args(["--cucm", "hq"]).env("ADRC_CUCM_PASSWORD", "wrong");
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("cucm://hq: CUCM rejects the user name or password"), "{error}");
    assert_eq!(cucm.log().len(), 1, "{:?}", cucm.log());
}

#[test]
fn files_and_cucm_own_different_views() {
    needs!("curl");
    let cucm = cluster();
    let sandbox = project(&cucm, "view = \"Here\"\nclients = [\"127.0.0.0/8\"]\n");
    let plan = |prefix: &str| {
        let rule = format!("rule \"L\" {{ begins-with 4; digits 7; prefix {prefix} }}");
        fs::write(sandbox.path().join("plan.adr"), format!("application {{ {rule} }}\n")).unwrap();
    };
    plan("3");
    let check = |words: &[&str]| {
        let mut command = adr_tests::adrc(sandbox.path());
        let output = command.args(["serve", "--check"]).args(words).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), text)
    };
    let (status, text) = check(&["plan.adr", "--cucm", "hq"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("CUCM hq answers: 1 dial rule, 0 emergency numbers"), "{text}");
    assert!(text.contains("plan.adr cucm://hq are valid: 2 views"), "{text}");
    let words = [&["plan.adr"], &FOLLOWING[..]].concat();
    let server = ServerProcess::start_watching(sandbox.path(), &words, ["127.0.0.1:0"; 3]);
    let manifest = server.admin(&["/"]).body;
    assert!(manifest.contains("Here"), "{manifest}");
    let here = curl(&[], &format!("http://{}/AppDialRules.xml", server.http)).body;
    assert!(here.contains("PrefixWith=\"9\""), "{here}");
    drop(server);
    let settings = fs::read_to_string(sandbox.path().join("adrc.toml")).unwrap();
    let settings = settings.split("view").next().unwrap();
    fs::write(sandbox.path().join("adrc.toml"), settings).unwrap();
    let (status, text) = check(&["plan.adr", "--cucm", "hq"]);
    assert_eq!(status, Some(2), "{text}");
    let expected = "plan.adr:1: rules of the default view, which CUCM owns: its rules are in \
                    `cucm://hq`";
    assert!(text.contains(expected), "{text}");
    let (status, text) = check(&["plan.adr", "--cucm", "hq", "--no-watch"]);
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("adrc cannot follow CUCM hq without a watch"), "{text}");
}

#[test]
fn watch_publishes_an_edit_in_cucm() {
    let cucm = cluster();
    let sandbox = project(&cucm, "poll_seconds = 1\n");
    let mut command = adr_tests::adrc(sandbox.path());
    command.args(["watch", "--cucm", "hq", "--publish", "published"]);
    let mut child = adr_kit::process::silence(&mut command).spawn().unwrap();
    let file = sandbox.path().join("published/CUPC/AppDialRules.xml");
    for prefix in ["9", "8"] {
        set_prefix(&cucm, prefix);
        let wanted = format!("PrefixWith=\"{prefix}\"");
        let read = || fs::read_to_string(&file).unwrap_or_default();
        wait_within(TIMEOUT, || read().contains(&wanted), read);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn ten_thousand_rules_are_followed_in_bounded_memory() {
    needs!("curl");
    let cucm = cluster();
    let rule = |at: u32| {
        let name = format!("Rule {at}");
        Rule::new(&name, &(10_000 + at).to_string(), [11, 5], "9").priority(at + 10)
    };
    for at in 0..10_000 {
        cucm.state().add_rule(RuleKind::Application, rule(at));
    }
    let world = world(&cucm, &FOLLOWING);
    wait_for_prefix(&world, "9");
    set_prefix(&cucm, "8");
    wait_for_prefix(&world, "8");
    let peak = world.server.peak_memory();
    assert!(peak < MAX_MEMORY, "{peak} KiB");
}
