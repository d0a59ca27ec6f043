//! Several servers of one dial plan: other identities for the same rules, a planned stop, and
//! servers that are behind.

use std::time::Duration;

use adr_client::follow::Transport;
use adr_client::{Core, Settings, State};
use adr_protocol::Reason;

use crate::dialing::{self, dial, quick_settings, wait_for_prefix, wait_for_transport, wait_until};
use crate::script::{Events, prefix};
use crate::scripted_server::ScriptedServer;

/// A stream that a core opens to follow a server.
const FOLLOWING: &str = "GET /-/events?client=";

fn settings<const N: usize>(servers: [&ScriptedServer; N]) -> Settings {
    quick_settings(servers.map(ScriptedServer::address).to_vec())
}

/// See [`dialing::patient_settings`].
fn patient_settings<const N: usize>(servers: [&ScriptedServer; N]) -> Settings {
    dialing::patient_settings(servers.map(ScriptedServer::address).to_vec())
}

fn wait_until_follows(core: &Core, server: &ScriptedServer) {
    let address = server.address().to_string();
    wait_until("follows the other server", || core.handle().status().followed == address);
}

/// The last report that a server has received: generation and SHA-256.
fn last_report(server: &ScriptedServer) -> Option<(u64, String)> {
    let script = server.script();
    let report = script.reports.last()?;
    Some((report["generation"].as_u64()?, report["sha256"].as_str()?.to_owned()))
}

/// The core fails over from the first server to the second one, which has the same rules under
/// another identity, and back. It rejects nothing, and runs what either of them publishes next.
fn fail_over_and_back(change: impl Fn(&ScriptedServer)) {
    let [first, second] = [(); 2].map(|()| ScriptedServer::new());
    first.script().publish_as(9, &prefix("1"), b"<DialRules/>");
    change(&second);
    let core = Core::open(settings([&first, &second])).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    for (hung, other) in [(&first, &second), (&second, &first)] {
        other.script().is_hung = false;
        hung.script().is_hung = true;
        wait_until_follows(&core, other);
        let own = adr_bundle::sha256(&other.script().files["manifest.json"]);
        wait_until("reports the identity of the server", || {
            last_report(other).is_some_and(|(_, sha256)| sha256 == own)
        });
        let status = core.handle().status();
        assert_eq!(status.generation, 9, "the core keeps its own number");
        wait_until("rejects nothing", || core.handle().status().refused.is_none());
    }
    first.script().publish_as(10, &prefix("2"), b"<DialRules/>");
    wait_for_prefix(&core, "2");
    second.script().is_hung = false;
    second.script().publish_as(11, &prefix("3"), b"<DialRules/>");
    wait_for_prefix(&core, "3");
}

#[test]
fn smaller_number_of_the_same_rules_is_followed() {
    fail_over_and_back(|second| {
        second.script().publish_as(5, &prefix("1"), b"<DialRules/>");
    });
}

/// A node whose adrc has another version writes another manifest for the same rules.
#[test]
fn manifest_of_another_version_of_adrc_is_followed() {
    fail_over_and_back(|second| {
        second.script().tool = Some("0.1.0".to_owned());
        second.script().publish_as(9, &prefix("1"), b"<DialRules/>");
    });
}

/// The other rules of the older generation never run, also if they are the only ones.
#[test]
fn older_generation_with_other_rules_is_rejected_and_asked_again() {
    let server = ScriptedServer::new();
    server.script().publish_as(9, &prefix("1"), b"<DialRules/>");
    server.script().events = Events::Missing;
    let settings = Settings { poll_interval: Duration::from_secs(3600), ..server.settings() };
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
    server.script().publish_as(8, &prefix("2"), b"<DialRules/>");
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(rejection.reason(), Reason::Older);
    assert_eq!(dial(&core, "5551212"), "15551212");
    // nobody asks for a reload, and nothing is announced
    server.script().publish_as(9, &prefix("1"), b"<DialRules/>");
    wait_until("asks again", || core.handle().status().refused.is_none());
}

/// Behind a balancer, every other connection reaches a node that is behind.
#[test]
fn reload_behind_a_balancer_finds_the_node_with_the_running_generation() {
    let server = ScriptedServer::published();
    server.script().events = Events::Missing;
    let settings = Settings { poll_interval: Duration::from_secs(3600), ..server.settings() };
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
    server.script().publish(&prefix("2"), b"<DialRules/>");
    core.handle().reload(Duration::from_secs(60)).unwrap();
    let before = server.script().count("GET /manifest.json");
    server.script().publish_as(1, &prefix("1"), b"<DialRules/>");
    let reloading = std::thread::scope(|scope| {
        let reloading = scope.spawn(|| core.handle().reload(Duration::from_secs(60)));
        wait_until("asks", || server.script().count("GET /manifest.json") > before);
        server.script().publish_as(2, &prefix("2"), b"<DialRules/>");
        reloading.join().unwrap()
    });
    assert_eq!(reloading.unwrap().generation, 2);
    assert!(core.handle().status().refused.is_none());
}

/// The stop is planned: the core follows the other server before the first one ends, and asks for
/// nothing that it has.
#[test]
fn core_moves_when_its_server_stops() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let core = Core::open(patient_settings([&first, &second])).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    wait_until("reports", || last_report(&first).is_some());
    let fetched = second.script().count("GET /manifest.json");
    let followed = core.handle().subscribe();
    first.script().is_stopping = true;
    wait_until_follows(&core, &second);
    wait_until("reports", || last_report(&second).is_some());
    assert!(!followed.borrow().followed.is_empty(), "it is never without a server");
    assert_eq!(second.script().count("GET /manifest.json"), fetched);
    second.script().publish(&prefix("2"), b"<DialRules/>");
    wait_for_prefix(&core, "2");
    assert_eq!(first.script().count(FOLLOWING), 1);
}

#[test]
fn generation_that_is_published_during_a_move_runs() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let core = Core::open(patient_settings([&first, &second])).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    first.script().is_stopping = true;
    for server in [&first, &second] {
        server.script().publish(&prefix("2"), b"<DialRules/>");
    }
    wait_for_prefix(&core, "2");
    wait_until_follows(&core, &second);
}

/// It keeps the first server as long as no other one has more.
#[test]
fn server_that_stays_behind_is_left() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let mut settings = patient_settings([&first, &second]);
    settings.timing.lag_patience = Duration::from_millis(50);
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    second.script().publish(&prefix("2"), b"<DialRules/>");
    wait_for_prefix(&core, "2");
    wait_until_follows(&core, &second);
    let status = core.handle().status();
    assert_eq!((status.generation, status.refused), (2, None));
    // what the first server publishes later reaches the core by its standby stream
    first.script().publish_as(3, &prefix("3"), b"<DialRules/>");
    wait_for_prefix(&core, "3");
}

/// The core follows the first server, and listens to the second one; both lag. The third one has
/// what runs, and later more.
#[test]
fn server_is_left_although_the_standby_server_lags_too() {
    let [first, second, third] = [(); 3].map(|()| ScriptedServer::published());
    let mut settings = patient_settings([&first, &second, &third]);
    settings.timing.lag_patience = Duration::from_millis(50);
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
    wait_until_follows(&core, &first);
    wait_until("listens to the second server", || {
        second.script().requests.iter().any(|request| request.ends_with("standby=1"))
    });
    third.script().publish(&prefix("2"), b"<DialRules/>");
    core.handle().announce(State { generation: 2, ..State::default() }).unwrap();
    wait_for_prefix(&core, "2");
    wait_until_follows(&core, &third);
    third.script().publish(&prefix("3"), b"<DialRules/>");
    wait_for_prefix(&core, "3");
}

/// No server announces the generation, because the core only polls.
#[test]
fn state_of_an_application_leads_to_the_next_generation() {
    let server = ScriptedServer::published();
    server.script().events = Events::Missing;
    let settings = Settings { poll_interval: Duration::from_secs(3600), ..server.settings() };
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
    server.script().publish(&prefix("2"), b"<DialRules/>");
    let announce = |generation| {
        let state = State { generation, ..State::default() };
        core.handle().announce(state)
    };
    announce(2).unwrap();
    wait_for_prefix(&core, "2");
    // a state that is older or forged changes nothing
    announce(1).unwrap();
    announce(u64::MAX).unwrap();
    server.script().publish(&prefix("3"), b"<DialRules/>");
    announce(3).unwrap();
    wait_for_prefix(&core, "3");
    let handle = core.handle().clone();
    core.close();
    assert!(handle.announce(State::default()).is_err());
}
