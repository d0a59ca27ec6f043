//! Clusters: records without names are judged alike, and no observation makes the doctor panic.

use adr_doctor::cucm::{
    Dialed, Lists, Observations, Pattern, PatternKind, Patterns, Plan, SeenRule, diagnose,
    read_record, write_record,
};
use adr_doctor::{Area, Outcome};
use proptest::prelude::*;

use crate::fixture::fixtures;

#[test]
fn record_without_names_is_judged_alike() {
    let all = fixtures().into_iter().filter(|fixture| fixture.area == Area::Cucm);
    let mut count = 0;
    for fixture in all {
        let seen: Observations = fixture.read();
        let record = write_record(&seen.anonymized());
        let read = read_record(record.as_bytes()).unwrap();
        assert_eq!(diagnose(&read).names(), fixture.expected, "{}", fixture.name);
        assert_eq!(read_record(write_record(&seen).as_bytes()), Ok(seen), "{}", fixture.name);
        assert!(!record.contains("example.com") && !record.contains("PSTN"), "{record}");
        count += 1;
    }
    assert!(count > 20, "{count} fixtures of clusters");
}

/// CUCM flags it, and nobody compares its numbers with the plan.
#[test]
fn flagged_pattern_whose_numbers_cannot_be_listed_is_named() {
    let all = fixtures();
    let fixture = all.iter().find(|one| one.name == "healthy--flagged-pattern-of-any-length");
    let seen: Observations = fixture.unwrap().read();
    for text in ["118!", "118@", "1[1-9]XXX"] {
        let mut seen = seen.clone();
        let list = &mut seen.patterns.as_mut().unwrap().list;
        list.iter_mut().find(|one| one.pattern == "118!").unwrap().pattern = text.to_owned();
        let diagnosis = diagnose(&seen);
        let is_named = |one: &adr_doctor::Unseen| one.what.contains(&format!("`{text}`"));
        assert!(diagnosis.unseen.iter().any(is_named), "{text}: {diagnosis:?}");
        let mut unjudged = diagnosis.unjudged.iter().map(|(name, _)| *name);
        assert!(unjudged.any(|name| name == "flagged-number-not-in-plan"), "{text}");
    }
}

fn rule() -> impl Strategy<Value = SeenRule> {
    let number = || prop_oneof![8 => 0..12_i32, 1 => any::<i32>()];
    ("\\PC{0,3}", "[+0-9*é]{0,4}", number(), number(), "[+0-9]{0,3}").prop_map(
        |(name, begins_with, digits, remove, prefix)| SeenRule {
            name,
            begins_with,
            digits,
            remove,
            prefix,
        },
    )
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let text = prop_oneof![4 => "[0-9X.!@?+*#\\[\\]^\\\\-]{0,6}", 1 => "\\PC{0,4}"];
    let kind = prop::sample::select(vec![
        PatternKind::Route,
        PatternKind::Translation,
        PatternKind::Other,
    ]);
    (text, "[AB]?", kind, prop::array::uniform4(any::<bool>())).prop_map(
        |(pattern, partition, kind, flags)| Pattern {
            pattern,
            partition,
            kind,
            is_blocked: flags[0],
            is_emergency: flags[1],
            needs_authorization_code: flags[2],
            needs_client_code: flags[3],
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_rules_and_patterns_are_judged(
        rules in prop::collection::vec(rule(), 0..6),
        list in prop::collection::vec(pattern(), 0..8),
        emergency in prop::option::of(prop::collection::vec("[0-9+é]{0,4}", 0..3)),
        search_space in prop::option::of(prop::collection::vec("[AB]?", 0..3)),
        dialed in prop::sample::select(vec![Dialed::Digits, Dialed::Dialable, Dialed::Anything]),
    ) {
        let lists = Lists { application: rules, lookup: Vec::new() };
        let seen = Observations {
            plan: Some(Plan { lists, emergency, ..Plan::default() }),
            patterns: Some(Patterns { list, has_emergency_flags: true }),
            search_space,
            dialed,
            ..Observations::default()
        };
        let diagnosis = diagnose(&seen);
        let is_seen = diagnosis.path.iter().any(|at| {
            at.step == adr_doctor::Step::Routing && at.outcome != Outcome::NotSeen
        });
        // unless the patterns overlap in too many ways, which the diagnosis says
        prop_assert!(is_seen || diagnosis.unseen.iter().any(|one| one.why.contains("overlap")));
        prop_assert_eq!(diagnose(&seen.anonymized()).names(), diagnosis.names());
        for found in &diagnosis.found {
            prop_assert!(!found.evidence.is_empty());
        }
    }
}
