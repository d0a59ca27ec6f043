//! When a look is due, whatever happens when.

use std::path::PathBuf;
use std::time::Duration;

use adr_watcher::watch::{Debounce, Happened, Timing};
use proptest::prelude::*;

/// Events with the time since the one before, in milliseconds.
fn events() -> impl Strategy<Value = Vec<(u64, Happened)>> {
    let path = || (0..3_u8).prop_map(|name| PathBuf::from(format!("{name}.adr")));
    let what = prop_oneof![
        path().prop_map(|path| Happened::Changed(Some(path))),
        path().prop_map(Happened::Closed),
        Just(Happened::Changed(None)),
        Just(Happened::Lost),
    ];
    let since = prop_oneof![0..50_u64, 100..400_u64, 1000..9000_u64];
    proptest::collection::vec((since, what), 1..60)
}

/// When somebody looks, and which event times each look is for; runs on until nothing is pending.
fn looks(timing: Timing, events: &[(u64, Happened)]) -> Vec<(Duration, Vec<Duration>)> {
    let mut debounce = Debounce::new(timing);
    let (mut looks, mut waiting, mut now) = (Vec::new(), Vec::new(), Duration::ZERO);
    let mut look_until =
        |until: Option<Duration>, debounce: &mut Debounce, waiting: &mut Vec<Duration>| {
            while until.map_or(debounce.is_pending(), |until| debounce.due() <= until) {
                let due = debounce.due();
                looks.push((due, std::mem::take(waiting)));
                debounce.looked(due);
            }
        };
    for (since, what) in events {
        now += Duration::from_millis(*since);
        look_until(Some(now), &mut debounce, &mut waiting);
        debounce.happened(what.clone(), now);
        waiting.push(now);
    }
    look_until(None, &mut debounce, &mut waiting);
    looks
}

proptest! {
    /// Every event is looked at, in time, and after a quiet time unless there is none.
    #[test]
    fn every_event_is_looked_at_in_time(events in events()) {
        let timing = Timing::default();
        let looks = looks(timing, &events);
        let seen: usize = looks.iter().map(|(_, events)| events.len()).sum();
        prop_assert_eq!(seen, events.len());
        for (at, events) in looks {
            let (Some(first), Some(last)) = (events.first(), events.last()) else { continue };
            prop_assert!(at <= *first + timing.longest * 10);
            let is_quiet = at >= *last + timing.quiet;
            let is_long = at >= *first + timing.longest;
            prop_assert!(is_quiet || is_long, "looked at {:?} for {:?}", at, events);
        }
    }

    /// While files are closed as soon as they are written, nobody waits longer than the longest
    /// time.
    #[test]
    fn saves_that_never_end_are_looked_at(times in proptest::collection::vec(0..150_u64, 100..400)) {
        let timing = Timing::default();
        let events: Vec<_> = times.iter().map(|time| (*time, Happened::Closed("plan.adr".into()))).collect();
        for (at, events) in looks(timing, &events) {
            prop_assert!(events.first().is_none_or(|first| at <= *first + timing.longest));
        }
    }

    /// When nothing happens, the floor is kept.
    #[test]
    fn the_floor_is_kept(events in events()) {
        let timing = Timing::default();
        let mut before = Duration::ZERO;
        for (at, _) in looks(timing, &events) {
            let most = timing.floor.max(timing.longest * 10) + timing.floor;
            prop_assert!(at >= before && at - before <= most);
            before = at;
        }
    }

    /// Times out of order, or jumps of a clock, make nobody wait for ever.
    #[test]
    fn times_out_of_order_do_no_harm(times in proptest::collection::vec(0..100_000_u64, 1..50)) {
        let timing = Timing::default();
        let mut debounce = Debounce::new(timing);
        for time in &times {
            debounce.happened(Happened::Closed("plan.adr".into()), Duration::from_millis(*time));
        }
        let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        let due = debounce.due();
        prop_assert!(due <= Duration::from_millis(*first) + timing.longest);
        prop_assert!(due <= Duration::from_millis(*last) + timing.quiet);
        debounce.looked(Duration::from_millis(1));
        prop_assert_eq!(debounce.due(), Duration::from_millis(1) + timing.floor);
    }
}

#[test]
fn a_file_that_is_still_open_is_waited_for() {
    let timing = Timing::default();
    let mut debounce = Debounce::new(timing);
    let at = Duration::from_millis;
    debounce.happened(Happened::Changed(Some("plan.adr".into())), at(100));
    assert_eq!(debounce.due(), at(100) + timing.open);
    debounce.happened(Happened::Changed(None), at(150));
    assert_eq!(debounce.due(), at(150) + timing.open);
    debounce.happened(Happened::Closed("plan.adr".into()), at(200));
    assert_eq!(debounce.due(), at(200) + timing.quiet);
    debounce.looked(at(500));
    assert!(!debounce.is_pending());
}

#[test]
fn trying_again_waits_for_no_event() {
    let mut debounce = Debounce::new(Timing::default());
    debounce.again_at(Duration::from_secs(1));
    assert!(debounce.is_pending());
    assert_eq!(debounce.due(), Duration::from_secs(1));
    debounce.looked(Duration::from_secs(1));
    assert!(!debounce.is_pending());
}

#[test]
fn the_default_quiet_time_is_short_and_every_time_is_at_least_as_long() {
    assert!(Timing::default().quiet <= Duration::from_millis(300));
    let slow = Timing::with_quiet(Duration::from_secs(60));
    assert!([slow.open, slow.longest, slow.floor].into_iter().all(|time| time >= slow.quiet));
}
