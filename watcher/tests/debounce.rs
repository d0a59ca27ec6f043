//! When a scan is due, for random events at random times.

use std::path::PathBuf;
use std::time::Duration;

use adr_watcher::watch::{Debounce, FileEvent, Timing};
use proptest::collection::vec;
use proptest::prelude::*;

/// Events with the time since the one before, in milliseconds.
fn events() -> impl Strategy<Value = Vec<(u64, FileEvent)>> {
    let path = || (0..3_u8).prop_map(|name| PathBuf::from(format!("{name}.adr")));
    let event = prop_oneof![
        path().prop_map(|path| FileEvent::Changed(Some(path))),
        path().prop_map(FileEvent::Closed),
        Just(FileEvent::Changed(None)),
        Just(FileEvent::Lost),
    ];
    let since = prop_oneof![0..50_u64, 100..400_u64, 1000..9000_u64];
    vec((since, event), 1..60)
}

/// The time of each scan, and the times of the events that it covers; until no event is pending.
fn scans(timing: Timing, events: &[(u64, FileEvent)]) -> Vec<(Duration, Vec<Duration>)> {
    let mut debounce = Debounce::new(timing);
    let (mut scans, mut waiting, mut now) = (Vec::new(), Vec::new(), Duration::ZERO);
    let mut scan_until =
        |until: Option<Duration>, debounce: &mut Debounce, waiting: &mut Vec<Duration>| {
            while until.map_or(debounce.is_pending(), |until| debounce.due() <= until) {
                let due = debounce.due();
                scans.push((due, std::mem::take(waiting)));
                debounce.scanned(due);
            }
        };
    for (since, event) in events {
        now += Duration::from_millis(*since);
        scan_until(Some(now), &mut debounce, &mut waiting);
        debounce.record(event.clone(), now);
        waiting.push(now);
    }
    scan_until(None, &mut debounce, &mut waiting);
    scans
}

proptest! {
    /// Each event is covered by one scan, in time, and after a quiet time unless events never end.
    #[test]
    fn every_event_is_covered_by_a_scan_in_time(events in events()) {
        let timing = Timing::default();
        let scans = scans(timing, &events);
        let seen: usize = scans.iter().map(|(_, events)| events.len()).sum();
        prop_assert_eq!(seen, events.len());
        for (at, events) in scans {
            let (Some(first), Some(last)) = (events.first(), events.last()) else { continue };
            prop_assert!(at <= *first + timing.max_delay * 10);
            let is_quiet = at >= *last + timing.quiet;
            let is_long = at >= *first + timing.max_delay;
            prop_assert!(is_quiet || is_long, "scanned at {:?} for {:?}", at, events);
        }
    }

    /// While files are closed as soon as they are written, no event waits longer than the maximum
    /// delay.
    #[test]
    fn endless_saves_are_scanned_within_the_maximum_delay(times in vec(0..150_u64, 100..400)) {
        let timing = Timing::default();
        let closed = || FileEvent::Closed("plan.adr".into());
        let events: Vec<_> = times.iter().map(|time| (*time, closed())).collect();
        for (at, events) in scans(timing, &events) {
            prop_assert!(events.first().is_none_or(|first| at <= *first + timing.max_delay));
        }
    }

    /// Without events, the poll interval separates scans.
    #[test]
    fn scans_are_never_further_apart_than_the_poll_interval(events in events()) {
        let timing = Timing::default();
        let mut before = Duration::ZERO;
        for (at, _) in scans(timing, &events) {
            let most = timing.poll_interval.max(timing.max_delay * 10) + timing.poll_interval;
            prop_assert!(at >= before && at - before <= most);
            before = at;
        }
    }

    /// Events out of order, as after a jump of a clock, delay no scan.
    #[test]
    fn events_out_of_order_delay_no_scan(times in vec(0..100_000_u64, 1..50)) {
        let timing = Timing::default();
        let mut debounce = Debounce::new(timing);
        for time in &times {
            debounce.record(FileEvent::Closed("plan.adr".into()), Duration::from_millis(*time));
        }
        let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        let due = debounce.due();
        prop_assert!(due <= Duration::from_millis(*first) + timing.max_delay);
        prop_assert!(due <= Duration::from_millis(*last) + timing.quiet);
        debounce.scanned(Duration::from_millis(1));
        prop_assert_eq!(debounce.due(), Duration::from_millis(1) + timing.poll_interval);
    }
}

#[test]
fn open_file_delays_the_scan() {
    let timing = Timing::default();
    let mut debounce = Debounce::new(timing);
    let at = Duration::from_millis;
    debounce.record(FileEvent::Changed(Some("plan.adr".into())), at(100));
    assert_eq!(debounce.due(), at(100) + timing.quiet_while_open);
    debounce.record(FileEvent::Changed(None), at(150));
    assert_eq!(debounce.due(), at(150) + timing.quiet_while_open);
    debounce.record(FileEvent::Closed("plan.adr".into()), at(200));
    assert_eq!(debounce.due(), at(200) + timing.quiet);
    debounce.scanned(at(500));
    assert!(!debounce.is_pending());
}

#[test]
fn quiet_time_is_short_by_default_and_never_above_the_other_times() {
    assert!(Timing::default().quiet <= Duration::from_millis(300));
    let slow = Timing::with_quiet(Duration::from_secs(60));
    assert!(
        [slow.quiet_while_open, slow.max_delay, slow.poll_interval]
            .into_iter()
            .all(|time| time >= slow.quiet)
    );
}
