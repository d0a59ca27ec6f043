//! Every cause has a fixture: observations in a file, and the names that the doctor finds in them.
//!
//! A fixture is `tests/causes/NAME.json`: `{"area": …, "observations": …, "expected": [NAME, …]}`.
//! Its name is that of the cause which it shows, or the cause, `--`, and what is special.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here fails the test")]

mod clusters;
mod fixture;
mod pairs;

use std::collections::BTreeSet;

use adr_doctor::causes;
use fixture::fixtures;

#[test]
fn fixture_is_diagnosed_as_expected() {
    let wrong: Vec<String> = fixtures()
        .iter()
        .filter_map(|fixture| {
            let names = fixture.diagnosis().names();
            let is_right = names == fixture.expected;
            (!is_right).then(|| format!("{}: {names:?}, not {:?}", fixture.name, fixture.expected))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_cause_has_a_fixture() {
    let shown: BTreeSet<(&str, String)> = fixtures()
        .iter()
        .map(|fixture| (fixture.area.word(), fixture.cause().to_owned()))
        .collect();
    let missing: Vec<_> = causes()
        .into_iter()
        .map(|(area, cause)| (area.word(), cause.finding.name.to_owned()))
        .filter(|cause| !shown.contains(cause))
        .collect();
    assert!(missing.is_empty(), "tests/causes has no fixture for {missing:?}");
}

#[test]
fn fixture_expects_the_cause_of_its_name() {
    for fixture in fixtures() {
        let is_expected = fixture.expected.iter().any(|name| name == fixture.cause());
        assert!(is_expected || fixture.cause() == "healthy", "{}", fixture.name);
    }
}

#[test]
fn finding_has_evidence_a_fix_and_a_message_in_the_house_style() {
    for fixture in fixtures() {
        for found in fixture.diagnosis().found {
            let name = format!("{}: {}", fixture.name, found.cause.finding.name);
            assert!(!found.evidence.is_empty(), "{name} has no evidence");
            assert!(!found.message.ends_with('.'), "{name}: {}", found.message);
            let first = found.message.chars().next().unwrap();
            assert!(!first.is_uppercase() || found.message.starts_with("Exchange"), "{name}");
            if found.severity > adr_diagnostic::Severity::Information {
                assert!(!found.fixes.is_empty(), "{name} has no fix");
            }
        }
    }
}

/// Client cores refuse lower numbers, so the latest history is the one to keep.
#[test]
fn later_generation_of_a_node_is_imported_and_not_set_aside() {
    let names = ["nothing-published--lost-bucket", "node-of-another-sequence--later-number"];
    let mut count = 0;
    for fixture in fixtures().iter().filter(|fixture| names.contains(&&*fixture.name)) {
        for found in fixture.diagnosis().found {
            let commands: Vec<_> = found.fixes.iter().flat_map(|fix| &fix.commands).collect();
            assert_eq!(commands, ["adrc cluster import DIR --cluster URL"], "{}", fixture.name);
            count += 1;
        }
    }
    assert_eq!(count, 3);
}
