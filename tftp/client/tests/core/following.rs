//! Following a server over every transport, and through failures.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use adr_client::Core;
use adr_client::follow::Transport;
use adr_client::snapshot::{APPLICATION, LOOKUP};

use crate::dialing::{
    dial, patient_settings, quick_settings, wait_for_prefix, wait_for_transport, wait_until,
};
use crate::script::{Events, prefix};
use crate::scripted_server::ScriptedServer;

/// A core that does not connect again on a machine that is busy: each connection is followed by
/// requests.
fn patient_core(server: &ScriptedServer) -> Core {
    Core::open(patient_settings(vec![server.address()])).unwrap()
}

#[test]
fn event_leads_to_the_next_generation() {
    let server = ScriptedServer::published();
    let core = server.core();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    for generation in 2..6 {
        server.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        wait_for_prefix(&core, &generation.to_string());
    }
    let status = core.handle().status();
    assert_eq!((status.generation, status.application_rules, status.lookup_rules), (5, 1, 0));
    assert!(status.refused.is_none() && !status.from_cache, "{status:?}");
}

#[test]
fn file_that_no_view_changes_is_requested_only_by_a_reload() {
    let server = ScriptedServer::published();
    let core = patient_core(&server);
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    let requests = || server.script().count("GET /CUPC/DirLookupDialRules.xml");
    let before = requests();
    for generation in 2..5 {
        server.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        wait_for_prefix(&core, &generation.to_string());
    }
    assert_eq!(requests(), before);
    core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(requests(), before + 1);
    server.script().publish(&prefix("5"), &prefix("6"));
    wait_for_prefix(&core, "5");
    let mut result = Vec::new();
    core.handle().lookup(b"5551212", &mut result);
    assert_eq!(result, b"65551212");
}

#[test]
fn repeated_and_reordered_events_start_no_extra_rounds() {
    let server = ScriptedServer::published();
    server.script().events = Events::Reordered;
    let core = patient_core(&server);
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    let before = server.script().count("GET /manifest.json");
    for generation in 2..8 {
        server.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        wait_for_prefix(&core, &generation.to_string());
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(dial(&core, "5551212"), "75551212");
    let rounds = server.script().count("GET /manifest.json") - before;
    assert!(rounds <= 2 * 6, "{rounds} rounds for 6 generations");
}

#[test]
fn event_that_is_cut_off_is_retried() {
    let server = ScriptedServer::published();
    server.script().events = Events::CutOff;
    let core = server.core();
    wait_for_prefix(&core, "1");
    wait_until("tries again", || server.script().count("GET /-/events") >= 3);
    server.script().publish(&prefix("2"), b"<DialRules/>");
    server.script().events = Events::Normal;
    wait_for_prefix(&core, "2");
}

#[test]
fn silent_connection_is_replaced() {
    let server = ScriptedServer::published();
    server.script().events = Events::Silent;
    let core = server.core();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    // the server does not announce this generation
    server.script().publish(&prefix("2"), b"<DialRules/>");
    wait_for_prefix(&core, "2");
}

#[test]
fn buffering_proxy_leads_to_long_polls() {
    // a proxy may send comments of its own, so that the connection stays open
    for events in [Events::Buffered, Events::Comments] {
        let server = ScriptedServer::published();
        server.script().events = events;
        server.script().has_long_poll = true;
        let core = server.core();
        wait_until("follows by long polls", || {
            core.handle().status().transport == Some(Transport::LongPoll)
        });
        server.script().publish(&prefix("2"), b"<DialRules/>");
        wait_for_prefix(&core, "2");
    }
}

#[test]
fn server_that_only_serves_files_is_polled() {
    for events in [Events::Missing, Events::Html, Events::Busy] {
        let server = ScriptedServer::published();
        server.script().events = events;
        let core = server.core();
        wait_for_prefix(&core, "1");
        wait_for_transport(&core, Transport::Poll);
        server.script().publish(&prefix("2"), b"<DialRules/>");
        wait_for_prefix(&core, "2");
    }
}

#[test]
fn poll_without_a_change_is_one_request_and_no_file() {
    let server = ScriptedServer::published();
    server.script().events = Events::Missing;
    let core = server.core();
    wait_for_prefix(&core, "1");
    wait_until("polls", || server.script().count("GET /manifest.json") >= 4);
    let script = server.script();
    assert_eq!(script.count("GET /CUPC/AppDialRules.xml"), 1);
    // the last manifest may be incomplete
    let sent = script.count("GET /manifest.json") - script.not_modified.len();
    assert!((1..=2).contains(&sent), "{sent} manifests were sent");
}

#[test]
fn known_files_are_compared_and_not_sent() {
    let server = ScriptedServer::published();
    let core = server.core();
    wait_for_prefix(&core, "1");
    let done = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert!(!done.changed);
    let not_modified = server.script().not_modified.clone();
    for name in ["manifest.json", APPLICATION, LOOKUP] {
        assert!(not_modified.iter().any(|known| known == name), "{name} was sent again");
    }
}

/// A laptop moves to another network, where the same generation has other files, which the server
/// does not send at first.
#[test]
fn failed_comparison_of_files_is_retried() {
    let server = ScriptedServer::published();
    server.script().publish_views(5, &prefix("1"), &prefix("8"));
    let core = patient_core(&server);
    wait_until("follows by events", || {
        let status = core.handle().status();
        (status.transport, status.generation) == (Some(Transport::Events), 5)
    });
    {
        let mut script = server.script();
        script.files.insert(APPLICATION.to_owned(), prefix("8"));
        let busy = (503, b"later".to_vec());
        script.overrides.insert(APPLICATION.to_owned(), busy);
        script.events = Events::CutOff;
    }
    wait_until("reconnects", || server.script().count("GET /-/events") >= 2);
    server.script().events = Events::Normal;
    wait_until("rejects", || core.handle().status().refused.is_some());
    let connected = server.script().count("GET /-/events");
    server.script().overrides.clear();
    wait_for_prefix(&core, "8");
    wait_until("accepts", || core.handle().status().refused.is_none());
    assert_eq!(server.script().count("GET /-/events"), connected);
}

/// A free port. It is below those that a system gives to a program that asks for a free one,
/// so nobody takes it before the server listens.
fn free_port() -> SocketAddr {
    let first = 20_000 + u16::try_from(std::process::id() % 1_000).unwrap() * 10;
    let mut ports = (first..32_000).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    ports.find(|address| TcpListener::bind(address).is_ok()).unwrap()
}

#[test]
fn core_without_a_server_gets_rules_when_the_server_starts() {
    let address = free_port();
    let server = adr_client::Server::parse(&format!("http://{address}")).unwrap();
    let core = Core::open(quick_settings(vec![server])).unwrap();
    wait_until("says why", || core.handle().status().refused.is_some());
    assert_eq!(core.handle().status().refused.unwrap().reason.word(), "unreachable");
    assert_eq!(dial(&core, "5551212"), "5551212");
    let server = ScriptedServer::at(TcpListener::bind(address).unwrap());
    server.script().publish(&prefix("3"), b"<DialRules/>");
    wait_for_prefix(&core, "3");
    wait_until("accepts", || core.handle().status().refused.is_none());
}

#[test]
fn window_delays_a_fetch_and_a_reload_does_not_wait_for_it() {
    let server = ScriptedServer::published();
    let core = patient_core(&server);
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    server.script().window = 3_600_000;
    server.script().publish(&prefix("2"), b"<DialRules/>");
    std::thread::sleep(Duration::from_millis(200));
    // one core in 18,000 has fetched by now
    assert_eq!(dial(&core, "5551212"), "15551212");
    let done = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!((done.generation, done.changed), (2, true));
    assert_eq!(dial(&core, "5551212"), "25551212");
}

#[test]
fn report_names_the_running_and_the_rejected_generation() {
    let server = ScriptedServer::published();
    let core = server.core();
    wait_for_prefix(&core, "1");
    let client = core.handle().status().client;
    wait_until("reports", || {
        let script = server.script();
        script.reports.iter().any(|report| report["generation"] == 1 && report["client"] == *client)
    });
    server.script().publish(&prefix("2"), b"<html/>");
    wait_until("reports the refusal", || {
        let script = server.script();
        script.reports.iter().any(|report| {
            report["refused"]["generation"] == 2
                && report["refused"]["reason"] == "invalid-file"
                && report["generation"] == 1
        })
    });
}

/// The latest report arrives, however often the server is busy.
#[test]
fn lost_report_is_sent_again() {
    let server = ScriptedServer::published();
    let busy = "HTTP/1.1 503 X\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let broken = "HTTP/1.1 500 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    server.script().report_responses = vec![busy, "", broken, ""];
    let core = server.core();
    wait_for_prefix(&core, "1");
    wait_until("reports", || {
        let script = server.script();
        let last = script.reports.last();
        last.is_some_and(|report| report["generation"] == 1)
    });
    assert!(server.script().count("POST /-/report") >= 5);
}
