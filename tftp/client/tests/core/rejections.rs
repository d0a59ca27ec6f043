//! Newer generations that a core rejects although another server has what runs.

use std::time::Duration;

use adr_bundle::signature::{PublicKey, SigningKey, Statement, new_keys};
use adr_client::follow::Transport;
use adr_client::freshness::Freshness;
use adr_client::snapshot::APPLICATION;
use adr_client::{Core, ReloadResult, Settings, State};
use adr_protocol::Reason;

use crate::dialing::{dial, quick_settings, wait_for_prefix, wait_for_transport, wait_until};
use crate::script::{Events, prefix};
use crate::scripted_server::ScriptedServer;

/// A stream that a core opens to listen only.
const STANDBY: &str = "GET /-/events?standby=1";

/// Settings with which a core notices neither a silent stream nor a missed announcement, and keeps
/// a server that is behind.
fn patient_settings(servers: [&ScriptedServer; 2]) -> Settings {
    let mut settings = quick_settings(servers.map(ScriptedServer::address).to_vec());
    settings.poll_interval = Duration::from_secs(3600);
    settings.timing.first_event_timeout = Duration::from_secs(3600);
    settings.timing.idle_timeout = Duration::from_secs(3600);
    settings.timing.lag_patience = Duration::from_secs(3600);
    settings
}

/// A core that follows the first of these servers and listens to the second one.
fn settled_core(servers: [&ScriptedServer; 2], key: Option<PublicKey>) -> Core {
    let core = Core::open(Settings { key, ..patient_settings(servers) }).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    wait_until("listens to the second server", || servers[1].script().count(STANDBY) >= 1);
    core
}

fn reload(core: &Core) -> ReloadResult {
    core.handle().reload(Duration::from_secs(60))
}

/// Waits until the status names a rejected generation and a reason.
fn wait_for_rejection(core: &Core, generation: u64, reason: &str) {
    wait_until("shows the rejection", || {
        let refused = core.handle().status().refused;
        refused.is_some_and(|it| (it.generation, it.reason.word()) == (generation, reason))
    });
}

/// Waits until the last report to one of these servers names a running and a rejected generation.
/// On a machine that is busy, the core may follow either of them.
fn wait_for_report(servers: [&ScriptedServer; 2], running: u64, rejected: Option<u64>) {
    let is_reported = |server: &ScriptedServer| {
        server.script().reports.last().is_some_and(|report| {
            report["generation"] == running && report["refused"]["generation"].as_u64() == rejected
        })
    };
    wait_until("reports", || servers.into_iter().any(is_reported));
}

fn wait_until_nothing_is_rejected(core: &Core) {
    wait_until("rejects nothing", || core.handle().status().refused.is_none());
}

/// Waits until a reload finds nothing that it rejects.
fn wait_until_accepted(core: &Core) {
    wait_until("accepts", || reload(core).is_ok());
    assert_eq!(core.handle().status().refused, None);
}

fn keys() -> (SigningKey, PublicKey) {
    let (secret, public) = new_keys().unwrap();
    (SigningKey::parse(&secret).unwrap(), PublicKey::parse(&public).unwrap())
}

fn statement(generation: u64) -> Statement {
    Statement { timestamp: 1, generation: Some(generation), ..Statement::default() }
}

fn publish(server: &ScriptedServer, generation: u64, prefix: &[u8], key: &SigningKey) {
    let mut script = server.script();
    script.publish_as(generation, prefix, b"<DialRules/>");
    script.sign(key, &statement(generation));
}

#[test]
fn generation_of_another_key_is_rejected_although_another_server_has_what_runs() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::new());
    let ((key, public), (other_key, _)) = (keys(), keys());
    for server in [&first, &second] {
        publish(server, 1, &prefix("1"), &key);
    }
    let core = settled_core([&first, &second], Some(public));
    publish(&first, 2, &prefix("2"), &other_key);
    wait_for_rejection(&core, 2, "bad-signature");
    wait_for_report([&first, &second], 1, Some(2));
    let rejection = reload(&core).unwrap_err();
    assert_eq!((rejection.generation, rejection.reason()), (Some(2), Reason::BadSignature));
    let status = core.handle().status();
    assert_eq!((status.generation, status.refused.unwrap().generation), (1, 2));
    assert_eq!((status.freshness, status.from_cache), (Freshness::Current, false));
    assert_eq!(dial(&core, "5551212"), "15551212");
    publish(&second, 3, &prefix("3"), &key);
    wait_for_prefix(&core, "3");
    wait_until_nothing_is_rejected(&core);
    wait_for_report([&first, &second], 3, None);
}

/// The server that is followed answers first, and has what runs.
#[test]
fn damaged_generation_of_the_standby_server_is_rejected_until_it_is_gone() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let core = settled_core([&first, &second], None);
    {
        let mut script = second.script();
        script.publish(&prefix("2"), b"<DialRules/>");
        script.overrides.insert(APPLICATION.to_owned(), (200, prefix("3")));
    }
    wait_for_rejection(&core, 2, "not-verified");
    wait_for_report([&first, &second], 1, Some(2));
    assert_eq!(reload(&core).unwrap_err().generation, Some(2));
    assert_eq!(core.handle().status().refused.unwrap().generation, 2);
    // an administrator restores the folder of the second server
    {
        let mut script = second.script();
        script.publish_as(1, &prefix("1"), b"<DialRules/>");
        script.overrides.clear();
    }
    wait_until_accepted(&core);
    wait_for_report([&first, &second], 1, None);
    assert_eq!(dial(&core, "5551212"), "15551212");
}

#[test]
fn older_generation_that_is_accepted_leaves_the_rejection_of_a_newer_one() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let core = settled_core([&first, &second], None);
    first.script().publish_as(3, b"<html/>", b"<DialRules/>");
    wait_for_rejection(&core, 3, "invalid-file");
    second.script().publish(&prefix("2"), b"<DialRules/>");
    wait_until("runs generation 2", || {
        let _ = reload(&core);
        core.handle().status().generation == 2
    });
    assert_eq!(core.handle().status().refused.unwrap().generation, 3);
    assert_eq!(reload(&core).unwrap_err().generation, Some(3));
    second.script().publish_as(4, &prefix("4"), b"<DialRules/>");
    wait_for_prefix(&core, "4");
    wait_until_nothing_is_rejected(&core);
}

/// No server announces anything, and the first one has what runs.
#[test]
fn generation_that_an_application_announced_is_rejected() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    for server in [&first, &second] {
        server.script().events = Events::Missing;
    }
    let core = Core::open(patient_settings([&first, &second])).unwrap();
    wait_for_prefix(&core, "1");
    {
        let mut script = second.script();
        script.publish(&prefix("2"), b"<DialRules/>");
        script.overrides.insert("manifest.json".to_owned(), (200, b"{".to_vec()));
    }
    core.handle().announce(State { generation: 2, ..State::default() }).unwrap();
    wait_for_rejection(&core, 2, "bad-manifest");
    assert_eq!(reload(&core).unwrap_err().generation, Some(2));
    second.script().overrides.clear();
    // maybe nobody announces it any more, and the first server still has what runs
    wait_until("runs generation 2", || reload(&core).is_ok_and(|done| done.generation == 2));
    wait_until_nothing_is_rejected(&core);
}

/// The nodes lag while the key changes: what they have is not newer.
#[test]
fn generation_of_a_former_key_is_passed_over() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::new());
    let ((key, public), (former_key, _)) = (keys(), keys());
    publish(&first, 6, &prefix("6"), &former_key);
    publish(&second, 7, &prefix("1"), &key);
    let core = settled_core([&first, &second], Some(public));
    wait_until_accepted(&core);
    // the running manifest, with the signature of another key
    publish(&first, 7, &prefix("1"), &former_key);
    wait_until_accepted(&core);
    assert!(reload(&core).is_ok());
}
