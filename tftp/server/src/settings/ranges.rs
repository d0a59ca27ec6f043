//! The range of every number in the settings.

use std::ops::RangeInclusive;

use adr_protocol::EVENT_BYTES;

use super::InvalidSetting;
use crate::limits::{AnnounceLimits, FetchWindow, HttpLimits, Limits, TftpLimits, UpstreamLimits};

/// Most connections, transfers, requests or clients of one kind.
const COUNT: u64 = 1_000_000;
/// Longest timeout: ten minutes.
const TIMEOUT: u64 = 600_000;
/// Longest time in a cache: a year.
const CACHE_SECONDS: u64 = 31_536_000;
/// Largest buffer: a gigabyte.
const BUFFER: u64 = 1 << 30;
/// Largest cache: 64 gigabytes.
const CACHE_BYTES: u64 = 64 << 30;
/// Largest file: a terabyte.
const FILE_BYTES: u64 = 1 << 40;
/// Longest time between two heartbeats: cores drop a connection that is silent for 45 seconds.
const HEARTBEAT: u64 = 30_000;
/// Longest fetch window: an hour.
const FETCH_WINDOW: u64 = 3_600_000;

/// A number, its name in its table, and its range.
type Number = (&'static str, u64, RangeInclusive<u64>);

/// The numbers outside of their ranges.
pub(super) fn wrong(limits: &Limits) -> Vec<InvalidSetting> {
    let wrong = numbers(limits).filter(|(_, given, range)| !range.contains(given));
    wrong
        .map(|(setting, given, range)| {
            let (first, last) = range.into_inner();
            let reason = format!("`{setting}` must be {first} to {last}, not {given}");
            InvalidSetting { setting, reason }
        })
        .collect()
}

/// All numbers, with full names.
fn numbers(limits: &Limits) -> impl Iterator<Item = (String, u64, RangeInclusive<u64>)> {
    let tables = [
        ("tftp", tftp(&limits.tftp)),
        ("http", http(&limits.http)),
        ("upstream", upstream(&limits.upstream)),
        ("announce", announce(&limits.announce)),
    ];
    tables.into_iter().flat_map(|(table, numbers)| {
        let full =
            move |(name, given, range): Number| (format!("limits.{table}.{name}"), given, range);
        numbers.into_iter().map(full)
    })
}

fn tftp(tftp: &TftpLimits) -> Vec<Number> {
    vec![
        ("max_transfers", tftp.max_transfers.into(), 1..=COUNT),
        ("max_transfers_per_client", tftp.max_transfers_per_client.into(), 1..=COUNT),
        ("max_unacknowledged", tftp.max_unacknowledged.into(), 1..=COUNT),
        ("max_unacknowledged_per_client", tftp.max_unacknowledged_per_client.into(), 1..=COUNT),
        ("timeout_milliseconds", tftp.timeout_milliseconds, 1..=TIMEOUT),
        // sending no block again is a valid choice
        ("retries", tftp.retries.into(), 0..=100),
        ("max_block_size", tftp.max_block_size.into(), 8..=65_464),
        ("max_window_size", tftp.max_window_size.into(), 1..=65_535),
        ("receive_buffer_bytes", bytes(tftp.receive_buffer_bytes), 0..=BUFFER),
    ]
}

fn http(http: &HttpLimits) -> Vec<Number> {
    vec![
        ("max_connections", http.max_connections.into(), 1..=COUNT),
        ("max_connections_per_client", http.max_connections_per_client.into(), 1..=COUNT),
        ("max_header_bytes", bytes(http.max_header_bytes), 8_192..=1 << 20),
        ("header_timeout_milliseconds", http.header_timeout_milliseconds, 1..=TIMEOUT),
        ("handshake_timeout_milliseconds", http.handshake_timeout_milliseconds, 1..=TIMEOUT),
        ("write_timeout_milliseconds", http.write_timeout_milliseconds, 1..=TIMEOUT),
    ]
}

fn upstream(upstream: &UpstreamLimits) -> Vec<Number> {
    vec![
        ("timeout_milliseconds", upstream.timeout_milliseconds, 1..=TIMEOUT),
        ("max_concurrent_fetches", upstream.max_concurrent_fetches.into(), 1..=COUNT),
        (
            "max_concurrent_fetches_per_client",
            upstream.max_concurrent_fetches_per_client.into(),
            1..=COUNT,
        ),
        ("max_queued_requests", upstream.max_queued_requests.into(), 1..=COUNT),
        (
            "max_queued_requests_per_client",
            upstream.max_queued_requests_per_client.into(),
            1..=COUNT,
        ),
        // serving no large files is a valid choice
        ("max_streams", upstream.max_streams.into(), 0..=COUNT),
        ("max_streams_per_client", upstream.max_streams_per_client.into(), 0..=COUNT),
        ("cache_bytes", bytes(upstream.cache_bytes), 0..=CACHE_BYTES),
        ("cache_seconds", upstream.cache_seconds, 0..=CACHE_SECONDS),
        ("negative_cache_seconds", upstream.negative_cache_seconds, 0..=CACHE_SECONDS),
        ("max_file_bytes", upstream.max_file_bytes, 1..=FILE_BYTES),
    ]
}

fn announce(announce: &AnnounceLimits) -> Vec<Number> {
    let window = match announce.fetch_window {
        FetchWindow::Automatic => 0,
        FetchWindow::Milliseconds(fixed) => fixed,
    };
    vec![
        ("max_listeners", announce.max_listeners.into(), 0..=COUNT),
        ("max_reports", bytes(announce.max_reports), 0..=COUNT),
        ("max_reports_per_client", bytes(announce.max_reports_per_client), 0..=COUNT),
        ("heartbeat_milliseconds", announce.heartbeat_milliseconds, 1_000..=HEARTBEAT),
        ("poll_timeout_milliseconds", announce.poll_timeout_milliseconds, 1_000..=TIMEOUT),
        ("fetch_window.milliseconds", window, 0..=FETCH_WINDOW),
        ("max_event_bytes", bytes(announce.max_event_bytes), 0..=bytes(EVENT_BYTES)),
    ]
}

fn bytes(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    /// The names and values of all numbers in a table.
    fn written(table: &Value, prefix: &str) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for (key, value) in table.as_object().unwrap() {
            let name = format!("{prefix}.{key}");
            match value {
                Value::Object(_) => found.extend(written(value, &name)),
                _ => found.extend(value.as_u64().map(|number| (name, number))),
            }
        }
        found
    }

    #[test]
    fn every_number_has_a_range() {
        let fetch_window = FetchWindow::Milliseconds(7);
        let announce = AnnounceLimits { fetch_window, ..AnnounceLimits::default() };
        let limits = Limits { announce, ..Limits::default() };
        assert_eq!(wrong(&limits), []);
        let ranges: BTreeMap<_, _> =
            numbers(&limits).map(|(name, given, _)| (name, given)).collect();
        assert_eq!(ranges, written(&serde_json::to_value(&limits).unwrap(), "limits"));
    }

    #[test]
    fn number_outside_of_its_range_is_named_with_the_range() {
        let mut limits = Limits::default();
        limits.tftp.max_block_size = 7;
        limits.announce.heartbeat_milliseconds = 0;
        limits.upstream.cache_seconds = i64::MAX as u64;
        let reasons: Vec<_> = wrong(&limits).into_iter().map(|wrong| wrong.reason).collect();
        assert_eq!(
            reasons,
            [
                "`limits.tftp.max_block_size` must be 8 to 65464, not 7",
                "`limits.upstream.cache_seconds` must be 0 to 31536000, not 9223372036854775807",
                "`limits.announce.heartbeat_milliseconds` must be 1000 to 30000, not 0",
            ]
        );
    }
}
