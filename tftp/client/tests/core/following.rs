//! Being told of changes, by whatever still gets through.

use std::net::TcpListener;
use std::time::Duration;

use adr_client::core::Core;

use crate::scripted::{
    APPLICATION, Events, LOOKUP, Scripted, dial, dials, eventually, prefix, quick,
};

#[test]
fn an_event_brings_the_next_generation() {
    let server = Scripted::published();
    let core = server.core();
    dials(&core, "1");
    eventually("follows by events", || core.handle().status().way == "events");
    for generation in 2..6 {
        server.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        dials(&core, &generation.to_string());
    }
    let status = core.handle().status();
    assert_eq!((status.generation, status.application_rules, status.lookup_rules), (5, 1, 0));
    assert!(status.refused.is_none() && !status.from_cache, "{status:?}");
}

#[test]
fn a_file_that_is_the_same_for_everybody_is_asked_for_by_hand_only() {
    let server = Scripted::published();
    let core = server.core();
    dials(&core, "1");
    eventually("follows by events", || core.handle().status().way == "events");
    let asked = || server.script().count("GET /CUPC/DirLookupDialRules.xml");
    let before = asked();
    for generation in 2..5 {
        server.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        dials(&core, &generation.to_string());
    }
    assert_eq!(asked(), before);
    core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(asked(), before + 1);
    server.script().publish(&prefix("5"), &prefix("6"));
    dials(&core, "5");
    let mut result = Vec::new();
    core.handle().lookup(b"5551212", &mut result);
    assert_eq!(result, b"65551212");
}

#[test]
fn doubled_and_reordered_signals_are_harmless() {
    let server = Scripted::published();
    server.script().events = Events::Muddled;
    let core = server.core();
    dials(&core, "1");
    eventually("follows by events", || core.handle().status().way == "events");
    let before = server.script().count("GET /manifest.json");
    for generation in 2..8 {
        server.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        dials(&core, &generation.to_string());
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(dial(&core, "5551212"), "75551212");
    let rounds = server.script().count("GET /manifest.json") - before;
    assert!(rounds <= 2 * 6, "{rounds} rounds for 6 generations");
}

#[test]
fn a_server_that_dies_inside_an_event() {
    let server = Scripted::published();
    server.script().events = Events::DiesInside;
    let core = server.core();
    dials(&core, "1");
    eventually("tries again", || server.script().count("GET /-/events") >= 3);
    server.script().publish(&prefix("2"), b"<DialRules/>");
    server.script().events = Events::Told;
    dials(&core, "2");
}

#[test]
fn a_half_open_connection_is_given_up() {
    let server = Scripted::published();
    server.script().events = Events::FallsSilent;
    let core = server.core();
    dials(&core, "1");
    eventually("follows by events", || core.handle().status().way == "events");
    // nobody is told of this one
    server.script().publish(&prefix("2"), b"<DialRules/>");
    dials(&core, "2");
}

#[test]
fn behind_a_proxy_that_buffers() {
    let server = Scripted::published();
    server.script().events = Events::HeldBack;
    server.script().has_long_poll = true;
    let core = server.core();
    eventually("follows by long polls", || core.handle().status().way == "long-poll");
    server.script().publish(&prefix("2"), b"<DialRules/>");
    dials(&core, "2");
}

#[test]
fn a_server_that_only_serves_files() {
    for events in [Events::NotThere, Events::Html, Events::Full] {
        let server = Scripted::published();
        server.script().events = events;
        let core = server.core();
        dials(&core, "1");
        eventually("polls", || core.handle().status().way == "poll");
        server.script().publish(&prefix("2"), b"<DialRules/>");
        dials(&core, "2");
    }
}

#[test]
fn a_poll_of_what_is_known_costs_one_request_and_no_file() {
    let server = Scripted::published();
    server.script().events = Events::NotThere;
    let core = server.core();
    dials(&core, "1");
    eventually("polls", || server.script().count("GET /manifest.json") >= 4);
    let script = server.script();
    assert_eq!(script.count("GET /CUPC/AppDialRules.xml"), 1);
    // the last one may be on its way
    let sent = script.count("GET /manifest.json") - script.unchanged.len();
    assert!((1..=2).contains(&sent), "{sent} manifests were sent");
}

#[test]
fn files_that_are_known_are_compared_and_not_sent() {
    let server = Scripted::published();
    let core = server.core();
    dials(&core, "1");
    let done = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert!(!done.changed);
    let unchanged = server.script().unchanged.clone();
    for name in ["manifest.json", APPLICATION, LOOKUP] {
        assert!(unchanged.iter().any(|known| known == name), "{name} was sent again");
    }
}

/// A laptop comes back in another network: the same generation, and other files, which cannot be
/// had at first.
#[test]
fn files_that_could_not_be_compared_are_compared_later() {
    let server = Scripted::published();
    server.script().publish_for_two(5, &prefix("1"), &prefix("8"));
    let mut settings = server.settings();
    // a slow machine is no reason to connect again
    settings.times.first_event = Duration::from_secs(60);
    settings.times.silence = Duration::from_secs(60);
    let core = Core::open(settings).unwrap();
    eventually("follows by events", || {
        let status = core.handle().status();
        (status.way, status.generation) == ("events", 5)
    });
    {
        let mut script = server.script();
        script.files.insert(APPLICATION.to_owned(), prefix("8"));
        let busy = (503, b"later".to_vec());
        script.instead.insert(APPLICATION.to_owned(), busy);
        script.events = Events::DiesInside;
    }
    eventually("is cut", || server.script().count("GET /-/events") >= 2);
    server.script().events = Events::Told;
    eventually("is refused", || core.handle().status().refused.is_some());
    let connected = server.script().count("GET /-/events");
    server.script().instead.clear();
    dials(&core, "8");
    eventually("all is well", || core.handle().status().refused.is_none());
    assert_eq!(server.script().count("GET /-/events"), connected);
}

#[test]
fn a_core_that_is_there_before_the_server() {
    let place = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let server = adr_client::server::Server::parse(&format!("http://{address}")).unwrap();
    let core = Core::open(quick(vec![server])).unwrap();
    eventually("says why", || core.handle().status().refused.is_some());
    assert_eq!(core.handle().status().refused.unwrap().reason.word(), "unreachable");
    assert_eq!(dial(&core, "5551212"), "5551212");
    let server = Scripted::at(TcpListener::bind(address).unwrap());
    server.script().publish(&prefix("3"), b"<DialRules/>");
    dials(&core, "3");
    eventually("all is well", || core.handle().status().refused.is_none());
}

#[test]
fn a_window_spreads_and_a_reload_does_not_wait() {
    let server = Scripted::published();
    // a connection that a slow machine has given up is a reason to look at once
    let mut settings = server.settings();
    settings.times.first_event = Duration::from_secs(60);
    settings.times.silence = Duration::from_secs(60);
    let core = Core::open(settings).unwrap();
    dials(&core, "1");
    eventually("follows by events", || core.handle().status().way == "events");
    server.script().window = 3_600_000;
    server.script().publish(&prefix("2"), b"<DialRules/>");
    std::thread::sleep(Duration::from_millis(200));
    // one core in 18,000 would have fetched by now
    assert_eq!(dial(&core, "5551212"), "15551212");
    let done = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!((done.generation, done.changed), (2, true));
    assert_eq!(dial(&core, "5551212"), "25551212");
}

#[test]
fn reports_say_what_runs_and_what_was_refused() {
    let server = Scripted::published();
    let core = server.core();
    dials(&core, "1");
    let client = core.handle().status().client;
    eventually("reports", || {
        let script = server.script();
        script.reports.iter().any(|report| report["generation"] == 1 && report["client"] == *client)
    });
    server.script().publish(&prefix("2"), b"<html/>");
    eventually("reports the refusal", || {
        let script = server.script();
        script.reports.iter().any(|report| {
            report["refused"]["generation"] == 2
                && report["refused"]["reason"] == "invalid-file"
                && report["generation"] == 1
        })
    });
}

/// The last word counts, however often the server is too busy for it.
#[test]
fn a_report_that_was_lost_is_sent_again() {
    let server = Scripted::published();
    let busy = "HTTP/1.1 503 X\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let broken = "HTTP/1.1 500 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    server.script().report_answers = vec![busy, "", broken, ""];
    let core = server.core();
    dials(&core, "1");
    eventually("reports", || {
        let script = server.script();
        let last = script.reports.last();
        last.is_some_and(|report| report["generation"] == 1)
    });
    assert!(server.script().count("POST /-/report") >= 5);
}
