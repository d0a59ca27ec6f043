//! Arbitrary reports of client cores, lists of known cores and queries: whatever they hold, the
//! table stays bounded, every core is counted once, and no control character reaches a row.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use adr_protocol::{ClientState, Clients, DETAIL_CHARACTERS, MAX_ROWS, is_client_name};
use adr_server::{AnnounceLimits, Announcer, ClientFilter, KnownClients};
use libfuzzer_sys::fuzz_target;

/// Room for a few cores, so that inputs reach the limits.
const LIMITS: (usize, usize) = (6, 3);

/// Longest reason: a phrase, and the refusal with its detail.
const REASON_CHARACTERS: usize = DETAIL_CHARACTERS + 160;

fuzz_target!(|bytes: &[u8]| {
    let limits = AnnounceLimits {
        max_reports: LIMITS.0,
        max_reports_per_client: LIMITS.1,
        ..AnnounceLimits::default()
    };
    let announcer = Announcer::new(limits);
    announcer.announce(7, &"ab".repeat(32));
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let host = u8::try_from(at % 4).unwrap_or(0);
        let _ = announcer.accept_report(line, IpAddr::V4(Ipv4Addr::new(10, 0, 0, host)));
        if let Some(known) = KnownClients::parse(line) {
            let merged = known.clone().merged_with(known.clone());
            assert!(merged.len() <= known.len());
            announcer.restore_clients(known);
        }
        if let Ok(filter) = ClientFilter::parse(&String::from_utf8_lossy(line)) {
            let rows = announcer.rows(&filter);
            assert!(rows.rows.len() <= rows.matching.min(MAX_ROWS));
            assert!(rows.rows.iter().all(|row| row.client > filter.after));
        }
        check(&announcer);
    }
    let saved = announcer.known_clients();
    assert_eq!(KnownClients::parse(saved.to_json().as_bytes()), Some(saved));
});

fn check(announcer: &Announcer) {
    let sums = announcer.clients();
    let rows = announcer.rows(&ClientFilter::default());
    assert_eq!(rows.matching, rows.rows.len());
    assert!(rows.matching <= 2 * LIMITS.0, "reports and known cores are bounded");
    let count = |state| rows.rows.iter().filter(|row| row.state == state).count();
    let Clients { clients, current, refused, expected, disconnected, .. } = sums;
    assert_eq!((current, refused), (count(ClientState::Current), count(ClientState::Refused)));
    assert_eq!(
        (expected, disconnected),
        (count(ClientState::Expected), count(ClientState::Disconnected))
    );
    assert_eq!(clients, current + refused + count(ClientState::Behind));
    for row in &rows.rows {
        assert!(is_client_name(&row.client));
        assert!(row.reason.chars().count() <= REASON_CHARACTERS, "{}", row.reason);
        let texts = [&row.reason, &row.version, &row.sha256];
        assert!(texts.iter().all(|text| !text.chars().any(char::is_control)), "{row:?}");
    }
    let read: Clients = serde_json::from_str(&sums.to_json()).expect("its own text");
    assert_eq!(read, sums);
}
