//! A second server, which the core listens to in case the followed one hangs.

use std::time::Duration;

use adr_client::follow::Transport;
use adr_client::{Core, Settings};

use crate::dialing::{self, wait_for_prefix, wait_for_transport, wait_until};
use crate::script::prefix;
use crate::scripted_server::ScriptedServer;

/// A stream that a core opens to follow, and one that it opens to listen only.
const FOLLOWING: &str = "GET /-/events?client=";
const STANDBY: &str = "GET /-/events?standby=1";

/// A core that follows the first of these servers and listens to the second one. It notices
/// neither a silent stream nor a missed announcement by itself.
fn settled_core(servers: [&ScriptedServer; 2]) -> Core {
    let core = Core::open(patient_settings(servers)).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    let [followed, standby] = servers;
    wait_until("listens to the second server", || standby.script().count(STANDBY) == 1);
    wait_until("reports", || !followed.script().reports.is_empty());
    core
}

fn patient_settings(servers: [&ScriptedServer; 2]) -> Settings {
    dialing::patient_settings(servers.map(ScriptedServer::address).to_vec())
}

#[test]
fn generation_runs_although_the_followed_server_hangs() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let core = settled_core([&first, &second]);
    first.script().is_hung = true;
    for generation in 2..5 {
        second.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        wait_for_prefix(&core, &generation.to_string());
    }
    // the core has asked the hung server whether it is there, and follows the other one now
    let is_followed = || core.handle().status().followed == second.address().to_string();
    wait_until("follows the second server", is_followed);
    wait_until("reports to the second server", || {
        let script = second.script();
        script.reports.iter().any(|report| report["generation"] == 4)
    });
    // the first server works again, and is listened to
    first.script().is_hung = false;
    wait_until("listens to the first server", || first.script().count(STANDBY) >= 1);
}

/// Nothing is announced: a reload meets the hung server.
#[test]
fn server_that_hangs_in_a_round_is_no_longer_followed() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let core = settled_core([&first, &second]);
    first.script().is_hung = true;
    let done = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert!(!done.changed);
    let is_followed = || core.handle().status().followed == second.address().to_string();
    wait_until("follows the second server", is_followed);
}

/// What both servers announce is fetched once, from the followed server.
#[test]
fn standby_server_is_not_asked_for_what_the_followed_one_has() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let core = settled_core([&first, &second]);
    let fetched = |server: &ScriptedServer| server.script().count("GET /manifest.json");
    let before = fetched(&second);
    for generation in 2..5 {
        // at the same time
        let mut scripts = [&second, &first].map(ScriptedServer::script);
        for script in &mut scripts {
            script.publish(&prefix(&generation.to_string()), b"<DialRules/>");
        }
        drop(scripts);
        wait_for_prefix(&core, &generation.to_string());
    }
    let reported = || first.script().reports.iter().any(|report| report["generation"] == 4);
    wait_until("reports", reported);
    // on a machine that is busy, the followed server may be slow, and then the other one is asked
    let asked = fetched(&second) - before;
    assert!(asked < 3, "asked for each of three generations: {:?}", second.script().requests);
    assert_eq!(core.handle().status().followed, first.address().to_string());
    assert_eq!([&first, &second].map(|it| it.script().count(FOLLOWING)), [1, 0]);
}

/// The followed server works and is behind: its copy of the folder is older.
#[test]
fn followed_server_that_is_behind_is_still_followed() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let core = settled_core([&first, &second]);
    second.script().publish(&prefix("2"), b"<DialRules/>");
    wait_for_prefix(&core, "2");
    wait_until("asks the followed server", || first.script().count("GET /-/state") > 0);
    first.script().publish(&prefix("2"), b"<DialRules/>");
    first.script().publish(&prefix("3"), b"<DialRules/>");
    wait_for_prefix(&core, "3");
    assert_eq!(core.handle().status().followed, first.address().to_string());
}

/// Nobody stands between the core and the followed server, but somebody forges the other stream.
#[test]
fn forged_states_of_the_standby_server_delay_nothing() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    let core = settled_core([&first, &second]);
    let forged = |generation: u64| {
        let sha256 = "ab".repeat(32);
        format!("{{\"generation\":{generation},\"sha256\":\"{sha256}\",\"window\":0}}")
    };
    for generation in 2..6 {
        let states = (0..50).map(|more| forged(u64::MAX - more));
        second.script().forged.extend(states);
        first.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        wait_for_prefix(&core, &generation.to_string());
    }
    assert_eq!(core.handle().status().followed, first.address().to_string());
}

/// The first server accepts connections and answers nothing.
#[test]
fn server_that_is_silent_from_the_start_is_passed_over() {
    let [first, second] = [(); 2].map(|()| ScriptedServer::published());
    first.script().is_hung = true;
    let core = Core::open(patient_settings([&first, &second])).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    for generation in 2..5 {
        second.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        wait_for_prefix(&core, &generation.to_string());
    }
    let [first, second] = [&first, &second].map(|server| server.script().requests.clone());
    let asked = first.iter().filter(|request| *request == "GET /manifest.json").count();
    // on a machine that is busy, the second server may be slow, and then the first one is asked too
    assert!((1..4).contains(&asked), "asked in each of four rounds: {first:?} {second:?}");
}
