//! Times in every shape.

use super::*;

/// 2026-11-30 12:00:00 UTC.
const TODAY: i64 = 1_796_040_000;

fn read(line: &str) -> Option<String> {
    Some(shown(Stamp::find(line)?.seconds(0, TODAY)?, 0))
}

#[test]
fn times_are_read_in_every_shape() {
    let cases = [
        ("2026-11-30T10:11:12.345Z owa", "2026-11-30 10:11:12"),
        ("2026-11-30T10:11:12+01:00", "2026-11-30 09:11:12"),
        ("2026-11-30 10:11:12,345 -0530 x", "2026-11-30 15:41:12"),
        ("2026/11/30 10:11:12.345 |", "2026-11-30 10:11:12"),
        ("11/30/2026 10:11:12.345 EPE|x", "2026-11-30 10:11:12"),
        ("11/30/26 1:02:03 PM", "2026-11-30 13:02:03"),
        ("30/11/2026 10:11:12", "2026-11-30 10:11:12"),
        ("30.11.2026 10:11", "2026-11-30 10:11:00"),
        ("[Mon Nov 30 10:11:12 UTC 2026] x", "2026-11-30 10:11:12"),
        ("Nov 30 2025 10:11:12 x", "2025-11-30 10:11:12"),
        ("Nov 30, 2025 12:11:12 AM", "2025-11-30 00:11:12"),
        ("Nov  3 10:11:12 host x", "2026-11-03 10:11:12"),
        ("Dec 24 10:11:12 host x", "2025-12-24 10:11:12"),
        ("Feb 29 10:11:12 host x", "2024-02-29 10:11:12"),
        ("001: 2026-11-30 10:11:12", "2026-11-30 10:11:12"),
    ];
    for (line, time) in cases {
        assert_eq!(read(line).as_deref(), Some(time), "{line}");
    }
}

#[test]
fn what_is_not_a_time_is_not_read() {
    let lines = [
        "",
        "owa",
        "2026-13-30 10:11:12",
        "2026-02-30 10:11:12",
        "2026-11-30 25:11:12",
        "13/13/2026 10:11:12",
        "11/30/2026 13:00:00 PM",
        "May the force",
        "10.1.1.5 answered",
        "99999999-11-30 10:11:12",
        "2026-11-30",
    ];
    for line in lines {
        assert_eq!(read(line), None, "{line}");
    }
}

#[test]
fn date_with_two_readings_is_ambiguous() {
    let is = |line: &str| Stamp::find(line).unwrap().is_ambiguous();
    for line in ["05/11/2026 10:00:00", "5-11-26 10:00 AM", "11/05/2026 10:00"] {
        assert!(is(line), "{line}");
    }
    for line in [
        "05.11.2026 10:00:00",
        "11/11/2026 10:00:00",
        "13/11/2026 10:00:00",
        "11/13/2026 10:00:00",
        "2026-05-11 10:00:00",
        "Nov 5 2026 10:00:00",
    ] {
        assert!(!is(line), "{line}");
    }
}

#[test]
fn zone_of_the_reader_applies_to_times_without_one() {
    let stamp = Stamp::find("2026-11-30 10:00:00 x").unwrap();
    assert!(!stamp.has_zone());
    assert_eq!(shown(stamp.seconds(60, TODAY).unwrap(), 0), "2026-11-30 09:00:00");
    assert_eq!(shown(stamp.seconds(60, TODAY).unwrap(), 60), "2026-11-30 10:00:00");
}
