//! Two causes at once: the doctor names the first that matters first.
//!
//! Two fixtures merge where they can: each thing that was seen is taken from the fixture that says
//! something else about it than the healthy one does. If both do, and they say different things,
//! the two cannot be seen at once.

use adr_diagnostic::Severity;
use adr_doctor::Diagnosis;
use adr_doctor::presence::{Observations, diagnose};
use serde_json::{Map, Value};

use crate::fixture::presence_fixtures;

/// The names of the findings that are more than information.
fn wrong(diagnosis: &Diagnosis) -> Vec<&'static str> {
    let found = diagnosis.found.iter().filter(|one| one.severity > Severity::Information);
    found.map(|one| one.cause.finding.name).collect()
}

fn fields(observations: &Observations) -> Map<String, Value> {
    match serde_json::to_value(observations).unwrap() {
        Value::Object(fields) => fields,
        other => panic!("{other}"),
    }
}

/// What was seen where both are the case; `None` if they contradict each other, were looked at on
/// different days, on which the same certificate is another case, or if one look was cut short.
fn merged(
    one: &Observations,
    other: &Observations,
    healthy: &Observations,
) -> Option<Observations> {
    if one.looked_at != other.looked_at || one.is_cut != other.is_cut {
        return None;
    }
    let (mut one, other, healthy) = (fields(one), fields(other), fields(healthy));
    for (name, value) in &mut one {
        let (theirs, usual) = (&other[name], &healthy[name]);
        if value == usual {
            *value = theirs.clone();
        } else if theirs != usual && theirs != value {
            return None;
        }
    }
    Some(serde_json::from_value(Value::Object(one)).unwrap())
}

/// Pairs of fixtures, and what is wrong where both are the case, with the first thing to repair
/// first. Written by hand: errors in the order of the path, then warnings in the order of the path.
const PAIRS: &[(&str, &str, &[&str])] = &[
    ("certificate-expired", "account-rejected", &["certificate-expired", "account-rejected"]),
    (
        "certificate-expires-soon",
        "account-rejected",
        &["account-rejected", "certificate-expires-soon"],
    ),
    (
        "certificate-expires-soon",
        "no-mailbox-permission",
        &["no-mailbox-permission", "certificate-expires-soon"],
    ),
    (
        "certificate-expires-soon",
        "basic-authentication-off",
        &["certificate-expires-soon", "basic-authentication-off"],
    ),
    ("issuer-missing", "isapi-extensions-missing", &["issuer-missing", "isapi-extensions-missing"]),
    ("issuer-missing", "no-impersonation-role", &["issuer-missing", "no-impersonation-role"]),
    ("issuer-missing", "ews-not-found", &["issuer-missing", "ews-not-found"]),
    ("only-old-tls", "issuer-missing", &["issuer-missing", "only-old-tls"]),
    ("only-old-tls", "unsupported-algorithm", &["only-old-tls", "unsupported-algorithm"]),
    ("only-old-tls", "mailbox-not-found", &["mailbox-not-found", "only-old-tls"]),
    (
        "path-length-exceeded",
        "wrong-form-of-user-name",
        &["path-length-exceeded", "wrong-form-of-user-name"],
    ),
    (
        "wrong-form-of-user-name",
        "engine-not-restarted",
        &["wrong-form-of-user-name", "engine-not-restarted"],
    ),
    (
        "issuer-has-another-key",
        "web-service-unavailable",
        &["issuer-has-another-key", "web-service-unavailable"],
    ),
    ("issuer-without-ca-bit", "repeated-440", &["issuer-without-ca-bit", "repeated-440"]),
    (
        "identity-certificate-uploaded",
        "redirect-leads-away",
        &["identity-certificate-uploaded", "redirect-leads-away"],
    ),
    ("unreadable-upload", "account-rejected", &["account-rejected", "unreadable-upload"]),
    (
        "port-is-closed--one-of-two",
        "certificate-expired",
        &["certificate-expired", "port-is-closed"],
    ),
    ("port-is-closed--one-of-two", "only-old-tls", &["port-is-closed", "only-old-tls"]),
    (
        "mailbox-not-found",
        "localized-calendar-folder",
        &["mailbox-not-found", "localized-calendar-folder"],
    ),
    ("ews-retired", "certificate-not-yet-valid", &["certificate-not-yet-valid", "ews-retired"]),
    (
        "modern-authentication-only",
        "renewed-certificate",
        &["issuer-missing", "renewed-certificate", "modern-authentication-only"],
    ),
    ("answer-does-not-end", "weak-key", &["answer-does-not-end", "weak-key"]),
    (
        "not-an-exchange-server",
        "unsupported-algorithm--md5",
        &["unsupported-algorithm", "not-an-exchange-server"],
    ),
    ("server-is-busy", "engine-not-restarted", &["engine-not-restarted", "server-is-busy"]),
];

#[test]
fn pair_of_causes_is_named_in_the_order_of_the_table() {
    let fixtures = presence_fixtures();
    let of = |name: &str| {
        let found = fixtures.iter().find(|(fixture, _)| fixture.name == name);
        &found.unwrap_or_else(|| panic!("no fixture {name}")).1
    };
    for (a, b, expected) in PAIRS {
        let both = merged(of(a), of(b), of("healthy"));
        let both = both.unwrap_or_else(|| panic!("{a} and {b} contradict each other"));
        assert_eq!(wrong(&diagnose(&both)), *expected, "{a} and {b}");
    }
}

#[test]
fn first_cause_of_a_pair_is_the_first_of_one_of_them() {
    let fixtures = presence_fixtures();
    let (_, healthy) = fixtures.iter().find(|(fixture, _)| fixture.name == "healthy").unwrap();
    let mut pairs = 0;
    for (number, (a, one)) in fixtures.iter().enumerate() {
        for (b, other) in &fixtures[number + 1..] {
            let Some(both) = merged(one, other, healthy) else { continue };
            pairs += 1;
            let found = wrong(&diagnose(&both));
            let firsts = [wrong(&a.diagnosis()), wrong(&b.diagnosis())];
            let firsts: Vec<_> = firsts.iter().filter_map(|names| names.first()).collect();
            let (a, b) = (&a.name, &b.name);
            assert_eq!(found.is_empty(), firsts.is_empty(), "{a} and {b}: {found:?}");
            let is_first = found.first().is_none_or(|name| firsts.contains(&name));
            assert!(is_first, "{a} and {b}: {found:?}, not {firsts:?}");
        }
    }
    assert!(pairs > 1_000, "only {pairs} pairs");
}
