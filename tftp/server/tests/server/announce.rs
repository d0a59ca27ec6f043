//! Announcements of a running server: event streams, long polls, reports, and their limits.

use adr_kit::needs;
use adr_kit::wait::TIMEOUT;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::harness::announcer::{Events, TestAnnouncer, sha256};
use adr_protocol::{ClientState, Clients, State, Transport};
use adr_server::{AnnounceLimits, FetchWindow, HttpLimits};
use rustix::net::sockopt;

#[test]
fn event_stream_sends_the_state_and_every_change() {
    let served = TestAnnouncer::with(AnnounceLimits::default());
    let mut early = served.events("core-early");
    let first = early.chunk().unwrap();
    let expected = "retry: 5000\nid: 0\nevent: state\ndata: {\"generation\":0,\"sha256\":\"\",\"window\":0}\n\n";
    assert_eq!(first, expected);
    served.announce(7);
    let state = State { generation: 7, sha256: sha256(7), window: 0 };
    assert_eq!(early.state(), state);
    let mut late = served.events("core-late");
    assert_eq!(late.state(), state);
    // announcing the current generation again has no effect
    served.announce(7);
    served.announce(8);
    assert_eq!((early.state().generation, late.state().generation), (8, 8));
}

#[test]
fn slow_listener_gets_the_latest_state() {
    let served = TestAnnouncer::with(AnnounceLimits::default());
    let mut slow = served.events("core-slow");
    for generation in 1..=100_000 {
        served.announce(generation);
    }
    let mut before = 0;
    let mut received = 0;
    while before < 100_000 {
        let generation = slow.state().generation;
        assert!(generation > before || before == 0, "{generation} after {before}");
        (before, received) = (generation, received + 1);
    }
    assert!(received < 100_000, "events were queued");
}

/// A server whose write timeout is half a second.
fn with_short_write_timeout() -> TestAnnouncer {
    let limits = AnnounceLimits { heartbeat_milliseconds: 50, ..AnnounceLimits::default() };
    let http = HttpLimits { write_timeout_milliseconds: 500, ..HttpLimits::default() };
    TestAnnouncer::of(limits, http)
}

#[test]
fn listener_that_never_reads_is_removed() {
    let served = with_short_write_timeout();
    let mut reads = served.events("core-reads");
    let stuck = served.events("core-stuck");
    sockopt::set_socket_recv_buffer_size(stuck.0.get_ref(), 4096).unwrap();
    served.wait_for_listeners(2);
    let began = std::time::Instant::now();
    let mut generation = 0;
    while served.announcer.listeners() == 2 {
        generation += 1;
        served.announce(generation);
        while reads.state().generation < generation {}
        assert!(began.elapsed() < TIMEOUT, "after {generation} events");
    }
    served.announce(generation + 1);
    while reads.state().generation < generation + 1 {}
    drop(stuck);
}

/// A listener that lost its network neither acknowledges nor closes its connection. Here a filter
/// in its kernel drops all incoming packets. The few bytes it is sent never fill a buffer.
#[test]
fn listener_without_a_network_is_removed() {
    needs!("python3");
    let served = with_short_write_timeout();
    let mut stays = served.events("core-stays");
    let client = "import ctypes, socket, struct, sys\n\
        connection = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n\
        connection.sendall(b'GET /-/events?client=core-gone HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')\n\
        connection.recv(1)\n\
        drop = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0))\n\
        attach = struct.pack('HL', 1, ctypes.addressof(drop))\n\
        connection.setsockopt(socket.SOL_SOCKET, 26, attach)\n\
        print('gone', flush=True)\n\
        sys.stdin.read()\n";
    let mut gone = Command::new("python3")
        .args(["-c", client, &served.address.port().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut stdout = BufReader::new(gone.stdout.take().unwrap());
    stdout.read_line(&mut said).unwrap();
    assert_eq!(said, "gone\n");
    served.wait_for_listeners(1);
    served.announce(1);
    while stays.state().generation < 1 {}
    drop(gone.stdin.take());
    gone.wait().unwrap();
}

#[test]
fn idle_stream_sends_heartbeats() {
    let served = TestAnnouncer::with(AnnounceLimits {
        heartbeat_milliseconds: 20,
        ..AnnounceLimits::default()
    });
    let mut events = served.events("core-0001");
    assert_eq!(events.state().generation, 0);
    for _ in 0..3 {
        assert_eq!(events.chunk().unwrap(), ":\n\n");
    }
    served.announce(1);
    assert_eq!(events.state().generation, 1);
}

#[test]
fn long_poll_ends_with_news_or_after_its_timeout() {
    let served = TestAnnouncer::with(AnnounceLimits {
        poll_timeout_milliseconds: 20,
        ..AnnounceLimits::default()
    });
    served.announce(3);
    let state = |answer: (u16, String, String)| {
        assert!(answer.0 == 200 && answer.2.contains("cache-control: no-store"), "{answer:?}");
        serde_json::from_str::<State>(&answer.1).unwrap().generation
    };
    for query in ["", "?since=2", "?since=0&client=core-0001", "?since=3", "?since=99", "?other=1"]
    {
        assert_eq!(state(served.ask(&format!("GET /-/state{query} HTTP/1.1"))), 3, "{query}");
    }
    assert_eq!(served.ask("GET /-/state?since=x HTTP/1.1").0, 400);
    let patient = TestAnnouncer::with(AnnounceLimits::default());
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| patient.ask("GET /-/state?since=3 HTTP/1.1"));
        patient.wait_for_listeners(1);
        patient.announce(3);
        patient.announce(4);
        assert_eq!(state(answer.join().unwrap()), 4);
    });
}

#[test]
fn listener_beyond_the_limit_gets_a_retry_time() {
    let served =
        TestAnnouncer::with(AnnounceLimits { max_listeners: 2, ..AnnounceLimits::default() });
    let first = served.events("core-0001");
    let _second = served.events("core-0002");
    served.wait_for_listeners(2);
    let mut times = std::collections::BTreeSet::new();
    for client in 3..20 {
        for path in ["events?", "state?since=0&"] {
            let (status, _, head) =
                served.ask(&format!("GET /-/{path}client=core-{client:04} HTTP/1.1"));
            assert_eq!(status, 503);
            let after = head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
            let after: u64 = after.parse().unwrap();
            assert!((30..60).contains(&after), "{after}");
            times.insert(after);
        }
    }
    assert!(times.len() > 5, "all reconnect at the same time: {times:?}");
    // an answer without waiting needs no listener
    assert_eq!(served.ask("GET /-/state HTTP/1.1").0, 200);
    drop(first);
    served.announce(1);
    served.wait_for_listeners(1);
    assert_eq!(served.events("core-0003").state().generation, 1);
}

#[test]
fn shutdown_ends_streams_and_long_polls() {
    let served = TestAnnouncer::with(AnnounceLimits::default());
    let mut events = served.events("core-0001");
    assert_eq!(events.state().generation, 0);
    std::thread::scope(|scope| {
        let poll = scope.spawn(|| served.ask("GET /-/state?since=0 HTTP/1.1"));
        served.wait_for_listeners(2);
        served.announcer.end();
        assert_eq!(poll.join().unwrap().0, 200);
    });
    assert_eq!(events.chunk().as_deref(), Some("event: moving\ndata: {}\n\n"));
    assert_eq!(events.chunk(), None);
    // announcing after the end has no effect
    served.announce(9);
    served.wait_for_listeners(0);
}

#[test]
fn fetch_window_is_the_same_for_all_listeners() {
    let served = TestAnnouncer::with(AnnounceLimits {
        fetch_window: FetchWindow::Milliseconds(60_000),
        ..AnnounceLimits::default()
    });
    served.announce(1);
    assert_eq!(served.events("core-0001").state().window, 60_000);
    assert_eq!(served.events("core-0002").state().window, 60_000);
}

#[test]
fn reports_are_counted_and_limited() {
    let served =
        TestAnnouncer::with(AnnounceLimits { max_reports: 2, ..AnnounceLimits::default() });
    served.announce(7);
    let report = |client: &str, generation: u64, rest: &str| {
        let sha256 = sha256(generation);
        format!(
            "{{\"client\":\"{client}\",\"generation\":{generation},\"sha256\":\"{sha256}\"{rest}}}"
        )
    };
    assert_eq!(served.report(&report("core-0001", 7, "")), 204);
    let refused =
        ",\"refused\":{\"generation\":7,\"reason\":\"bad-signature\",\"detail\":\"no key\"}";
    assert_eq!(served.report(&report("core-0002", 6, refused)), 204);
    assert_eq!(served.report(&report("core-0003", 7, "")), 503);
    let later = ",\"later\":true,\"transport\":\"pigeon\",\"freshness\":\"expiring\"";
    assert_eq!(served.report(&report("core-0001", 7, later)), 204);
    for body in [
        "",
        "{}",
        "null",
        "[1]",
        &report("Core-0001", 7, ""),
        &report("short", 7, ""),
        "\u{0}",
        &"[".repeat(4000),
    ] {
        assert_eq!(served.report(body), 400, "{body:.20}");
    }
    assert_eq!(served.report(&format!("{}{}", report("core-0001", 7, ""), " ".repeat(5000))), 413);
    assert_eq!(served.ask("GET /-/report HTTP/1.1").0, 405);
    let (_, clients, _) = served.ask("GET /-/clients HTTP/1.1");
    let clients: serde_json::Value = serde_json::from_str(&clients).unwrap();
    assert_eq!(
        (&clients["generation"], &clients["clients"], &clients["current"]),
        (&7.into(), &2.into(), &1.into())
    );
    assert_eq!(clients["reasons"]["bad-signature"], 1);
    assert_eq!(clients["refusals"][0]["refusal"]["detail"], "no key");
    let mut registry = prometheus_client::registry::Registry::default();
    served.announcer.register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::prometheus_text::encode(&mut text, &registry).unwrap();
    for line in [
        "adrc_clients{generation=\"7\"} 1",
        "adrc_clients{generation=\"6\"} 1",
        "adrc_clients_refusing{reason=\"bad-signature\"} 1",
        "adrc_clients_freshness{freshness=\"expiring\"} 1",
        "adrc_clients_freshness{freshness=\"silent\"} 0",
        "adrc_clients_state{state=\"current\"} 1",
        "adrc_clients_state{state=\"refused\"} 1",
        "adrc_clients_state{state=\"behind\"} 0",
        "adrc_event_listeners 0",
    ] {
        assert!(text.lines().any(|known| known == line), "`{line}` is missing in\n{text}");
    }
}

#[test]
fn clients_are_listed_one_by_one_and_filtered() {
    let served = TestAnnouncer::with(AnnounceLimits::default());
    served.announce(7);
    let report = |client: &str, sha256: &str| {
        let core = format!("\"client\":\"{client}\",\"generation\":7,\"sha256\":\"{sha256}\"");
        served.report(&format!("{{{core},\"version\":\"1.0.0\",\"transport\":\"poll\"}}"))
    };
    assert_eq!(report("core-current", &sha256(7)), 204);
    assert_eq!(report("core-other", &sha256(8)), 204);
    let _events = served.events("core-silent");
    served.wait_for_listeners(1);
    let ask = |query: &str| {
        let (status, body, _) = served.ask(&format!("GET /-/clients{query} HTTP/1.1"));
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Clients>(&body).unwrap()
    };
    let all = ask("");
    assert_eq!((all.clients, all.current, all.matching, all.rows.len()), (3, 1, 3, 3));
    let row = &all.rows[0];
    assert_eq!((row.client.as_str(), row.state), ("core-current", ClientState::Current));
    assert_eq!((row.version.as_str(), row.transport), ("1.0.0", Some(Transport::Poll)));
    assert_eq!((row.reason.as_str(), row.address), ("", Some([127, 0, 0, 1].into())));
    let silent = &ask("?state=behind&search=silent").rows[0];
    assert_eq!((silent.transport, silent.last_seen_seconds), (Some(Transport::Events), 0));
    assert!(silent.reason.contains("has not reported"), "{silent:?}");
    let behind = ask("?state=behind,refused");
    assert_eq!((behind.clients, behind.matching), (3, 2), "sums are those of all");
    assert_eq!(behind.rows[0].reason, "runs another generation with the number 7");
    assert_eq!(ask("?search=127.0.0.1&after=core-other").rows.len(), 1);
    for query in ["?state=asleep", "?stat=behind", "?search=%ff"] {
        let (status, body, _) = served.ask(&format!("GET /-/clients{query} HTTP/1.1"));
        assert_eq!(status, 400, "{query}: {body}");
    }
}

#[test]
fn thousand_listeners_receive_an_announcement() {
    let served = TestAnnouncer::with(AnnounceLimits::default());
    let mut listeners: Vec<Events> =
        (0..1000).map(|client| served.events(&format!("core-{client:04}"))).collect();
    served.wait_for_listeners(1000);
    served.announce(1);
    for events in &mut listeners {
        let mut state = events.state();
        while state.generation == 0 {
            state = events.state();
        }
        // a thousand listeners spread their fetches over a second
        assert_eq!((state.generation, state.window), (1, 1000));
    }
    drop(listeners);
    served.announce(2);
    served.wait_for_listeners(0);
}
