//! Tests of the table of client cores.

use adr_protocol::{ClientRow, ClientState, GenerationCount, MAX_ROWS, Reason};

use super::*;
use crate::announce::client_filter::ClientFilter;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

fn report(client: &str, generation: u64, refused: Option<Refusal>) -> Report {
    Report {
        client: client.to_owned(),
        generation,
        sha256: sha256(generation),
        refused,
        ..Report::default()
    }
}

fn sha256(generation: u64) -> String {
    format!("{generation:064x}")
}

fn state(generation: u64) -> State {
    State { generation, sha256: sha256(generation), window: 0 }
}

fn rows(table: &mut ClientTable, query: &str, now: Instant) -> Vec<ClientRow> {
    let filter = ClientFilter::parse(query).unwrap();
    table.rows(&filter, &state(7), now).rows
}

fn states(table: &mut ClientTable, now: Instant) -> Vec<(String, ClientState, String)> {
    let rows = rows(table, "", now).into_iter();
    rows.map(|row| (row.client, row.state, row.reason)).collect()
}

fn refusal(detail: &str) -> Option<Refusal> {
    Some(Refusal { generation: 7, reason: Reason::NotVerified, detail: detail.to_owned() })
}

/// A report can overtake the end of the stream of its core.
#[test]
fn report_of_a_core_that_has_left_does_not_bring_it_back() {
    let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
    let late = |transport| Report { transport: Some(transport), ..report("core-gone", 6, None) };
    table.stream_opened("core-gone", Transport::Events, Some(HERE));
    table.stream_closed("core-gone", now);
    table.report(late(Transport::Events), HERE, now).unwrap();
    let counted = |table: &mut ClientTable, now| {
        let summary = table.summary(&state(7), 0, now);
        (summary.clients, summary.disconnected)
    };
    assert_eq!(counted(&mut table, now), (1, 0), "it may open another stream");
    assert_eq!(counted(&mut table, now + RECONNECT_TIME), (0, 1));
    table.stream_opened("core-gone", Transport::Events, Some(HERE));
    assert_eq!(counted(&mut table, now + RECONNECT_TIME), (1, 0));
    // cores that ask in intervals have no streams
    let mut table = ClientTable::new(10, 10);
    table.report(late(Transport::Poll), HERE, now).unwrap();
    assert_eq!(counted(&mut table, now + RECONNECT_TIME), (1, 0));
}

#[test]
fn summary_counts_generations_and_refusals() {
    let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
    table.report(report("core-a", 7, None), HERE, now).unwrap();
    table.report(report("core-b", 6, refusal("a\nb\u{1b}[1m")), HERE, now).unwrap();
    table.report(report("core-c", 6, None), HERE, now).unwrap();
    let summary = table.summary(&state(7), 3, now);
    assert_eq!(
        (summary.clients, summary.current, summary.refused, summary.listeners),
        (3, 1, 1, 3)
    );
    assert_eq!(
        summary.running,
        [7, 6].map(|generation| GenerationCount { generation, clients: (8 - generation) as usize })
    );
    assert_eq!(summary.refusals[0].refusal.detail, "ab[1m", "no control characters");
    // a generation that is refused first and runs later is not counted as refused
    table.report(report("core-b", 7, refusal("")), HERE, now).unwrap();
    assert_eq!(table.summary(&state(7), 0, now).refused, 0);
}

#[test]
fn full_table_rejects_new_clients_until_reports_expire() {
    let (mut table, now) = (ClientTable::new(3, 2), Instant::now());
    let there = "10.0.0.2".parse().unwrap();
    table.report(report("core-a", 1, None), HERE, now).unwrap();
    table.report(report("core-b", 1, None), HERE, now).unwrap();
    assert_eq!(table.report(report("core-c", 1, None), HERE, now), Err(TableFull));
    table.report(report("core-c", 1, None), there, now).unwrap();
    assert_eq!(table.report(report("core-d", 1, None), there, now), Err(TableFull));
    table.report(report("core-a", 2, None), HERE, now).unwrap();
    let later = now + REPORT_LIFETIME;
    table.report(report("core-d", 1, None), there, later).unwrap();
    assert_eq!(table.summary(&state(1), 0, later).clients, 1);
    assert_eq!(table.by_address.len(), 1);
}

#[test]
fn addresses_of_one_ipv6_network_share_a_limit() {
    let (mut table, now) = (ClientTable::new(10, 2), Instant::now());
    let address = |text: &str| text.parse().unwrap();
    table.report(report("core-a", 1, None), address("fd00:1::1"), now).unwrap();
    table.report(report("core-b", 1, None), address("fd00:1::2:1"), now).unwrap();
    let third = table.report(report("core-c", 1, None), address("fd00:1::3"), now);
    assert_eq!(third, Err(TableFull));
    table.report(report("core-c", 1, None), address("fd00:1:0:1::1"), now).unwrap();
}

#[test]
fn client_without_a_stream_disconnects_after_the_reconnect_time() {
    let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
    let counted = |table: &mut ClientTable, after| {
        let summary = table.summary(&state(7), 0, now + after);
        (summary.clients, summary.disconnected)
    };
    table.stream_opened("core-a", Transport::Events, Some(HERE));
    table.stream_opened("core-a", Transport::Events, Some(HERE));
    table.report(report("core-a", 6, None), HERE, now).unwrap();
    table.stream_closed("core-a", now);
    assert_eq!(counted(&mut table, RECONNECT_TIME), (1, 0), "one of two streams");
    table.stream_closed("core-a", now);
    assert_eq!(counted(&mut table, RECONNECT_TIME), (0, 1));
    table.stream_opened("core-a", Transport::Events, Some(HERE));
    assert_eq!(counted(&mut table, RECONNECT_TIME), (1, 0));
    table.stream_closed("core-z", now);
    assert!(table.streams.len() == 1);
}

/// A long poll ends with every answer, also with the one that announces a generation. The core
/// that has yet to fetch it still counts.
#[test]
fn client_between_two_polls_stays_connected() {
    let (mut table, began) = (ClientTable::new(10, 10), Instant::now());
    let name = "core-behind";
    table.report(report(name, 6, None), HERE, began).unwrap();
    for turn in 0..20 {
        let asks = began + turn * Duration::from_secs(26);
        table.stream_opened(name, Transport::LongPoll, Some(HERE));
        let answered = asks + Duration::from_secs(25);
        table.stream_closed(name, answered);
        for millisecond in [0, 1, 500, 999] {
            let now = answered + Duration::from_millis(millisecond);
            let summary = table.summary(&state(7), 0, now);
            assert_eq!((summary.clients, summary.current, summary.disconnected), (1, 0, 0));
        }
    }
}

#[test]
fn time_before_the_last_report_does_not_panic() {
    let (mut table, early) = (ClientTable::new(10, 10), Instant::now());
    let late = early + REPORT_LIFETIME * 2;
    table.stream_opened("core-a", Transport::Events, Some(HERE));
    table.report(report("core-a", 7, None), HERE, late).unwrap();
    table.stream_closed("core-a", late);
    let summary = table.summary(&state(7), 0, early);
    assert_eq!((summary.clients, summary.current, summary.disconnected), (1, 1, 0));
}

#[test]
fn generation_with_the_same_number_and_other_content_is_not_current() {
    let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
    let other = |refused| Report { sha256: sha256(70), ..report("core-other", 7, refused) };
    table.report(other(None), HERE, now).unwrap();
    let summary = table.summary(&state(7), 0, now);
    assert_eq!((summary.clients, summary.current, summary.refused), (1, 0, 0));
    let reason = "runs another generation with the number 7".to_owned();
    assert_eq!(
        states(&mut table, now),
        [("core-other".to_owned(), ClientState::Behind, reason.clone())]
    );
    // its refusal is shown
    table.report(other(refusal("another manifest")), HERE, now).unwrap();
    let summary = table.summary(&state(7), 0, now);
    assert_eq!((summary.current, summary.refused, summary.refusals.len()), (0, 1, 1));
    assert_eq!(summary.reasons[&Reason::NotVerified], 1);
    let reason = format!("{reason}; rejected generation 7: not-verified, another manifest");
    assert_eq!(states(&mut table, now), [("core-other".to_owned(), ClientState::Refused, reason)]);
}

#[test]
fn refusal_is_shown_whatever_the_core_runs_and_when_it_is_gone() {
    let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
    table.report(report("core-current", 7, refusal("disk")), HERE, now).unwrap();
    table.report(report("core-gone", 6, refusal("gone")), HERE, now).unwrap();
    table.stream_opened("core-gone", Transport::Events, Some(HERE));
    table.stream_closed("core-gone", now);
    let later = now + RECONNECT_TIME;
    let summary = table.summary(&state(7), 0, later);
    assert_eq!((summary.clients, summary.current, summary.disconnected), (1, 1, 1));
    assert_eq!((summary.refused, summary.refusals.len()), (0, 2));
    let refusing = rows(&mut table, "state=refused", later);
    let seen: Vec<_> = refusing.iter().map(|row| (row.client.as_str(), row.state)).collect();
    let expected =
        [("core-current", ClientState::Current), ("core-gone", ClientState::Disconnected)];
    assert_eq!(seen, expected);
    assert!(refusing[0].reason.starts_with("rejected generation 7"), "{:?}", refusing[0]);
    assert_eq!(refusing[1].last_seen_seconds, RECONNECT_TIME.as_secs());
}

/// Cores that are gone do not hide those that refuse what is served.
#[test]
fn refusals_of_cores_that_are_behind_come_first() {
    let (mut table, now) = (ClientTable::new(500, 500), Instant::now());
    for number in 0..200 {
        let name = format!("core-{number:04}");
        let generation = if number < 150 { 7 } else { 6 };
        table.report(report(&name, generation, refusal("no")), HERE, now).unwrap();
    }
    let summary = table.summary(&state(7), 0, now);
    let names: Vec<&str> = summary.refusals.iter().map(|one| one.client.as_str()).collect();
    assert_eq!((names.len(), summary.refused), (100, 50));
    assert_eq!((names[0], names[49], names[50]), ("core-0150", "core-0199", "core-0000"));
}

#[test]
fn connected_core_without_a_report_is_behind() {
    let (mut table, now) = (ClientTable::new(1, 1), Instant::now());
    table.stream_opened("core-silent", Transport::LongPoll, Some(HERE));
    let summary = table.summary(&state(7), 1, now);
    assert_eq!((summary.clients, summary.current), (1, 0));
    let row = &rows(&mut table, "", now)[0];
    assert_eq!((row.state, row.generation, row.address), (ClientState::Behind, 0, Some(HERE)));
    assert_eq!(row.transport, Some(Transport::LongPoll));
    assert_eq!(row.reason, "connected, and has not reported");
    table.stream_closed("core-silent", now);
    assert_eq!(table.summary(&state(7), 0, now).clients, 0);
}

#[test]
fn rows_are_sorted_bounded_and_continue_after_a_name() {
    let (mut table, now) = (ClientTable::new(5_000, 5_000), Instant::now());
    for number in (0..2_500).rev() {
        let generation = 6 + u64::from(number % 5 > 0);
        table.report(report(&format!("core-{number:04}"), generation, None), HERE, now).unwrap();
    }
    let mut after = String::new();
    let mut names: Vec<String> = Vec::new();
    loop {
        let page = rows(&mut table, &format!("after={after}"), now);
        assert!(page.len() <= MAX_ROWS);
        let Some(last) = page.last() else { break };
        after.clone_from(&last.client);
        names.extend(page.into_iter().map(|row| row.client));
    }
    assert_eq!(names, (0..2_500).map(|number| format!("core-{number:04}")).collect::<Vec<_>>());
    let behind = ClientFilter::parse("state=behind").unwrap();
    let behind = table.rows(&behind, &state(7), now);
    assert_eq!((behind.matching, behind.rows.len()), (500, 500));
    let all = table.rows(&ClientFilter::default(), &state(7), now);
    assert_eq!((all.matching, all.rows.len()), (2_500, MAX_ROWS));
    assert_eq!(rows(&mut table, "search=10.0.0.1&after=core-2497", now).len(), 2);
}

#[test]
fn restarted_server_expects_the_cores_that_were_connected() {
    let unix = 1_000_000;
    let (mut before, now) = (ClientTable::new(10, 10), Instant::now());
    before.report(report("core-here", 7, None), HERE, now).unwrap();
    before.report(report("core-gone", 7, None), HERE, now).unwrap();
    before.stream_opened("core-gone", Transport::Events, Some(HERE));
    before.stream_closed("core-gone", now);
    let saved_at = now + RECONNECT_TIME;
    let saved = before.known_clients((saved_at, unix));
    let mut table = ClientTable::new(10, 10);
    table.restore(saved, (saved_at, unix + 5));
    let expected = "not heard of since the server started; expected back".to_owned();
    assert_eq!(
        states(&mut table, saved_at),
        [
            ("core-gone".to_owned(), ClientState::Disconnected, "disconnected".to_owned()),
            ("core-here".to_owned(), ClientState::Expected, expected),
        ]
    );
    let summary = table.summary(&state(7), 0, saved_at);
    assert_eq!((summary.clients, summary.expected, summary.disconnected), (0, 1, 1));
    // a second restart before it came back leaves it the rest of its time, however long the server
    // was away
    let minute = Duration::from_secs(60);
    let saved = table.known_clients((saved_at + minute, unix + 65));
    let mut table = ClientTable::new(10, 10);
    table.restore(saved, (saved_at, unix + 7_200));
    assert_eq!(table.summary(&state(7), 0, saved_at).expected, 1);
    let almost = saved_at + REPORT_LIFETIME - minute;
    assert_eq!(table.summary(&state(7), 0, almost - minute).expected, 1);
    assert_eq!(table.summary(&state(7), 0, almost).expected, 0);
    table.report(report("core-here", 7, None), HERE, saved_at).unwrap();
    let summary = table.summary(&state(7), 0, saved_at);
    assert_eq!((summary.current, summary.expected, summary.disconnected), (1, 0, 1));
    // a core that does not come back is not waited for any longer
    let mut table = ClientTable::new(10, 10);
    table.restore(before.known_clients((saved_at, unix)), (saved_at, unix));
    let summary = table.summary(&state(7), 0, saved_at + REPORT_LIFETIME);
    assert_eq!((summary.expected, summary.disconnected), (0, 2));
}

/// Else, after the end of a node with many cores, each of the others would report all of them.
#[test]
fn other_nodes_do_not_hear_of_cores_that_are_long_gone_or_were_those_of_another_node() {
    let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
    let reported = |table: &mut ClientTable, now| {
        let clients = table.summary_with_all(&state(7), 0, now, true);
        assert_eq!(clients.matching, clients.rows.len());
        clients.rows.into_iter().map(|row| row.client).collect::<Vec<_>>()
    };
    table.report(report("core-here", 7, None), HERE, now).unwrap();
    let row = ClientRow { client: "core-there".to_owned(), ..ClientRow::default() };
    let node = adr_protocol::NodeClients {
        node: "tftp2".to_owned(),
        state: adr_protocol::NodeState::Down,
        age_seconds: 60,
        version: String::new(),
        clients: adr_protocol::Clients { rows: vec![row], ..adr_protocol::Clients::default() },
    };
    let unix = crate::announce::announcer::unix_seconds();
    table.restore(KnownClients::of_node(&node), (now, unix));
    assert_eq!(table.summary(&state(7), 0, now).expected, 1);
    assert_eq!(reported(&mut table, now), ["core-here"]);
    let almost = now + REPORT_LIFETIME - Duration::from_secs(1);
    assert_eq!(reported(&mut table, almost), ["core-here"]);
    assert_eq!(reported(&mut table, now + REPORT_LIFETIME), [""; 0]);
    assert_eq!(rows(&mut table, "", now + REPORT_LIFETIME).len(), 2, "this server lists them");
}

/// A core listens to a second server while it follows, and reports to, the first one.
#[test]
fn core_that_follows_another_server_does_not_count() {
    let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
    let standby = |table: &mut ClientTable, name: &str| {
        table.stream_opened(name, Transport::Events, Some(HERE));
        table.follows_another_server(name, now);
    };
    standby(&mut table, "core-new");
    assert_eq!(states(&mut table, now), []);
    // one that followed this server before
    table.report(report("core-moved", 6, None), HERE, now).unwrap();
    standby(&mut table, "core-moved");
    assert_eq!(table.summary(&state(7), 0, now + RECONNECT_TIME).disconnected, 1);
    // one that was expected after a restart
    let saved = table.known_clients((now, 1_000));
    let mut table = ClientTable::new(10, 10);
    table.restore(saved, (now, 1_000));
    assert_eq!(table.summary(&state(7), 0, now).expected, 1);
    standby(&mut table, "core-moved");
    assert_eq!(table.summary(&state(7), 0, now).expected, 0);
}

#[test]
fn core_without_reports_stays_listed_as_disconnected() {
    let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
    table.report(report("core-lost", 7, None), HERE, now).unwrap();
    let later = now + REPORT_LIFETIME;
    let row = rows(&mut table, "", later).remove(0);
    assert_eq!((row.state, row.address), (ClientState::Disconnected, Some(HERE)));
    assert_eq!(row.last_seen_seconds, REPORT_LIFETIME.as_secs());
    assert_eq!(rows(&mut table, "", now + KnownClients::LIFETIME), []);
}

#[test]
fn freshness_is_counted() {
    let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
    for (name, freshness) in [("core-a", Some(Freshness::Expiring)), ("core-b", None)] {
        let report = Report { freshness, ..report(name, 7, None) };
        table.report(report, HERE, now).unwrap();
    }
    let summary = table.summary(&state(7), 0, now);
    assert_eq!(summary.freshness.into_iter().collect::<Vec<_>>(), [(Freshness::Expiring, 1)]);
}
