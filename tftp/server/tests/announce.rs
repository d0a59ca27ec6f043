//! Announcing against the running server: what a core hears, and what is asked of strangers.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test is a client with sockets and a clock"
)]

mod stand;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use adr_protocol::State;
use adr_server::{AnnounceLimits, FetchWindow, HttpLimits};
use rustix::net::sockopt;
use stand::LONG;
use stand::announcing::{Announcing, Events, sha256};

#[test]
fn the_state_comes_first_and_then_every_change() {
    let stand = Announcing::with(AnnounceLimits::default());
    let mut early = stand.events("core-early");
    let first = early.chunk().unwrap();
    let expected = "retry: 5000\nid: 0\nevent: state\ndata: {\"generation\":0,\"sha256\":\"\",\"window\":0}\n\n";
    assert_eq!(first, expected);
    stand.announce(7);
    let state = State { generation: 7, sha256: sha256(7), window: 0 };
    assert_eq!(early.state(), state);
    let mut late = stand.events("core-late");
    assert_eq!(late.state(), state);
    // the same once more is nothing new
    stand.announce(7);
    stand.announce(8);
    assert_eq!((early.state().generation, late.state().generation), (8, 8));
}

#[test]
fn a_listener_that_reads_nothing_gets_the_last_state() {
    let stand = Announcing::with(AnnounceLimits::default());
    let mut slow = stand.events("core-slow");
    for generation in 1..=100_000 {
        stand.announce(generation);
    }
    let mut before = 0;
    let mut told = 0;
    while before < 100_000 {
        let generation = slow.state().generation;
        assert!(generation > before || before == 0, "{generation} after {before}");
        (before, told) = (generation, told + 1);
    }
    assert!(told < 100_000, "every one of them was queued");
}

/// Patience of half a second with whoever takes or acknowledges nothing.
fn impatient() -> Announcing {
    let limits = AnnounceLimits { heartbeat_milliseconds: 50, ..AnnounceLimits::default() };
    let http = HttpLimits { write_timeout_milliseconds: 500, ..HttpLimits::default() };
    Announcing::of(limits, http)
}

#[test]
fn a_listener_that_never_reads_gives_its_place_back() {
    let stand = impatient();
    let mut reads = stand.events("core-reads");
    let stuck = stand.events("core-stuck");
    sockopt::set_socket_recv_buffer_size(stuck.0.get_ref(), 4096).unwrap();
    stand.until_listeners(2);
    let began = std::time::Instant::now();
    let mut generation = 0;
    while stand.announcer.listeners() == 2 {
        generation += 1;
        stand.announce(generation);
        while reads.state().generation < generation {}
        assert!(began.elapsed() < LONG, "after {generation} events");
    }
    stand.announce(generation + 1);
    while reads.state().generation < generation + 1 {}
    drop(stuck);
}

/// A listener whose network is gone acknowledges nothing, and nobody says that it ended: a filter
/// in its kernel drops what comes in. What it is sent never fills a buffer.
#[test]
fn a_listener_that_vanishes_gives_its_place_back() {
    let stand = impatient();
    let mut stays = stand.events("core-stays");
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
        .args(["-c", client, &stand.address.port().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut stdout = BufReader::new(gone.stdout.take().unwrap());
    stdout.read_line(&mut said).unwrap();
    assert_eq!(said, "gone\n");
    stand.until_listeners(1);
    stand.announce(1);
    while stays.state().generation < 1 {}
    drop(gone.stdin.take());
    gone.wait().unwrap();
}

#[test]
fn silence_has_signs_of_life() {
    let stand = Announcing::with(AnnounceLimits {
        heartbeat_milliseconds: 20,
        ..AnnounceLimits::default()
    });
    let mut events = stand.events("core-0001");
    assert_eq!(events.state().generation, 0);
    for _ in 0..3 {
        assert_eq!(events.chunk().unwrap(), ":\n\n");
    }
    stand.announce(1);
    assert_eq!(events.state().generation, 1);
}

#[test]
fn a_poll_is_answered_when_there_is_news_and_when_its_time_is_over() {
    let stand = Announcing::with(AnnounceLimits {
        poll_timeout_milliseconds: 20,
        ..AnnounceLimits::default()
    });
    stand.announce(3);
    let state = |answer: (u16, String, String)| {
        assert!(answer.0 == 200 && answer.2.contains("cache-control: no-store"), "{answer:?}");
        serde_json::from_str::<State>(&answer.1).unwrap().generation
    };
    for query in ["", "?since=2", "?since=0&client=core-0001", "?since=3", "?since=99", "?other=1"]
    {
        assert_eq!(state(stand.ask(&format!("GET /-/state{query} HTTP/1.1"))), 3, "{query}");
    }
    assert_eq!(stand.ask("GET /-/state?since=x HTTP/1.1").0, 400);
    let patient = Announcing::with(AnnounceLimits::default());
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| patient.ask("GET /-/state?since=3 HTTP/1.1"));
        patient.until_listeners(1);
        patient.announce(3);
        patient.announce(4);
        assert_eq!(state(answer.join().unwrap()), 4);
    });
}

#[test]
fn whoever_finds_no_room_is_told_when_to_come_again() {
    let stand = Announcing::with(AnnounceLimits { max_listeners: 2, ..AnnounceLimits::default() });
    let first = stand.events("core-0001");
    let _second = stand.events("core-0002");
    stand.until_listeners(2);
    let mut times = std::collections::BTreeSet::new();
    for client in 3..20 {
        for path in ["events?", "state?since=0&"] {
            let (status, _, head) =
                stand.ask(&format!("GET /-/{path}client=core-{client:04} HTTP/1.1"));
            assert_eq!(status, 503);
            let after = head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
            let after: u64 = after.parse().unwrap();
            assert!((30..60).contains(&after), "{after}");
            times.insert(after);
        }
    }
    assert!(times.len() > 5, "all come again at once: {times:?}");
    // without waiting there is room for everybody
    assert_eq!(stand.ask("GET /-/state HTTP/1.1").0, 200);
    drop(first);
    stand.announce(1);
    stand.until_listeners(1);
    assert_eq!(stand.events("core-0003").state().generation, 1);
}

#[test]
fn the_end_ends_every_stream_and_every_poll() {
    let stand = Announcing::with(AnnounceLimits::default());
    let mut events = stand.events("core-0001");
    assert_eq!(events.state().generation, 0);
    std::thread::scope(|scope| {
        let poll = scope.spawn(|| stand.ask("GET /-/state?since=0 HTTP/1.1"));
        stand.until_listeners(2);
        stand.announcer.end();
        assert_eq!(poll.join().unwrap().0, 200);
    });
    assert_eq!(events.chunk(), None);
    // and announcing afterwards is heard by nobody
    stand.announce(9);
    stand.until_listeners(0);
}

#[test]
fn the_window_is_told_to_everybody_alike() {
    let stand = Announcing::with(AnnounceLimits {
        fetch_window: FetchWindow::Milliseconds(60_000),
        ..AnnounceLimits::default()
    });
    stand.announce(1);
    assert_eq!(stand.events("core-0001").state().window, 60_000);
    assert_eq!(stand.events("core-0002").state().window, 60_000);
}

#[test]
fn reports_are_taken_counted_and_bounded() {
    let stand = Announcing::with(AnnounceLimits { max_reports: 2, ..AnnounceLimits::default() });
    stand.announce(7);
    let report = |client: &str, generation: u64, rest: &str| {
        format!("{{\"client\":\"{client}\",\"generation\":{generation},\"sha256\":\"\"{rest}}}")
    };
    assert_eq!(stand.report(&report("core-0001", 7, "")), 204);
    let refused =
        ",\"refused\":{\"generation\":7,\"reason\":\"bad-signature\",\"detail\":\"no key\"}";
    assert_eq!(stand.report(&report("core-0002", 6, refused)), 204);
    assert_eq!(stand.report(&report("core-0003", 7, "")), 503);
    assert_eq!(stand.report(&report("core-0001", 7, ",\"later\":true")), 204);
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
        assert_eq!(stand.report(body), 400, "{body:.20}");
    }
    assert_eq!(stand.report(&format!("{}{}", report("core-0001", 7, ""), " ".repeat(5000))), 413);
    assert_eq!(stand.ask("GET /-/report HTTP/1.1").0, 405);
    let (_, clients, _) = stand.ask("GET /-/clients HTTP/1.1");
    let clients: serde_json::Value = serde_json::from_str(&clients).unwrap();
    assert_eq!(
        (&clients["generation"], &clients["clients"], &clients["current"]),
        (&7.into(), &2.into(), &1.into())
    );
    assert_eq!(clients["reasons"]["bad-signature"], 1);
    assert_eq!(clients["refusals"][0]["refusal"]["detail"], "no key");
    let mut registry = prometheus_client::registry::Registry::default();
    stand.announcer.register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::prometheus_text::encode(&mut text, &registry).unwrap();
    for line in [
        "adrc_clients{generation=\"7\"} 1",
        "adrc_clients{generation=\"6\"} 1",
        "adrc_clients_refusing{reason=\"bad-signature\"} 1",
        "adrc_listeners 0",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
}

#[test]
fn a_thousand_listeners_hear_of_it() {
    let stand = Announcing::with(AnnounceLimits::default());
    let mut listeners: Vec<Events> =
        (0..1000).map(|client| stand.events(&format!("core-{client:04}"))).collect();
    stand.until_listeners(1000);
    stand.announce(1);
    for events in &mut listeners {
        let mut state = events.state();
        while state.generation == 0 {
            state = events.state();
        }
        // a thousand spread over a second
        assert_eq!((state.generation, state.window), (1, 1000));
    }
    drop(listeners);
    stand.announce(2);
    stand.until_listeners(0);
}
