//! Every method of the dialer gives the same results as the reference.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "an invalid pattern fails the test; a variable asks for the long form"
)]

mod lists;

use adr_dialer::{Dialer, Results, Scratch};
use adr_engine::{Rule, apply, apply_into};
use lists::{Random, adversarial, near};
use proptest::prelude::*;

/// Short texts of few symbols, so that rules often match; sometimes long or unusual ones.
fn text(most: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::string::string_regex(&format!("[01+*]{{0,{most}}}")).unwrap(),
        2 => proptest::string::string_regex("\\+?[0-9]{0,18}").unwrap(),
        1 => proptest::string::string_regex("[0-9ä:x ]{0,9}").unwrap(),
        1 => "[01]{90,140}",
        1 => "\\+?[19]{0,17}",
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let digits = prop_oneof![6 => 0..8, 2 => 8..20, 1 => -2..1, 1 => 100..140];
    let remove = prop_oneof![8 => 0..6, 1 => -2..0, 1 => 0..200];
    (text(4), digits, remove, text(10)).prop_map(|(begins_with, digits, remove, prefix)| {
        Rule::from_deployed(&begins_with, digits, remove, &prefix)
    })
}

fn check(rules: &[Rule], numbers: &[Vec<u8>]) {
    let dialer = Dialer::new(rules);
    let mut scratch = Scratch::default();
    let slices: Vec<&[u8]> = numbers.iter().map(Vec::as_slice).collect();
    let mut results = Results::default();
    dialer.dial_all(&slices, &mut results);
    assert_eq!(results.len(), numbers.len());
    for (number, in_batch) in numbers.iter().zip(results.iter()) {
        let reference = apply(rules, number);
        let expected = (reference.rule, &*reference.result);
        let dialed = dialer.dial(number, &mut scratch);
        assert!(
            (dialed.rule(), dialed.result) == expected
                && (in_batch.rule(), in_batch.result) == expected,
            "{number:?} by {rules:?}: {reference:?}, but {dialed:?}, and {in_batch:?} in a batch"
        );
    }
    check_text(rules, &dialer, numbers);
}

/// Checks the methods that append results to a buffer.
fn check_text(rules: &[Rule], dialer: &Dialer, numbers: &[Vec<u8>]) {
    let (mut expected, mut given, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for number in numbers.iter().filter(|number| !number.contains(&b'\n')) {
        apply_into(rules, number, &mut expected);
        expected.push(b'\n');
        dialer.dial_into(number, &mut given);
        given.push(b'\n');
        lines.extend_from_slice(number);
        lines.push(b'\n');
    }
    assert!(given == expected, "one by one, by {rules:?}");
    given.clear();
    assert_eq!(dialer.dial_lines(&lines, &mut given), lines.len());
    assert!(given == expected, "lines, by {rules:?}");
}

/// Every string over `symbols` up to `length` bytes, the empty one included.
fn all_strings(symbols: &[u8], length: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..length {
        let to = all.len();
        for at in from..to {
            let head = all[at].clone();
            all.extend(symbols.iter().map(|symbol| [&head[..], &[*symbol]].concat()));
        }
        from = to;
    }
    all
}

fn is_long() -> bool {
    std::env::var_os("ADR_LONG").is_some_and(|value| value == "1")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn random_lists_agree_with_the_reference(rules in prop::collection::vec(rule(), 0..150), numbers in prop::collection::vec(text(7), 1..90)) {
        let numbers: Vec<Vec<u8>> = numbers.into_iter().map(String::into_bytes).collect();
        check(&rules, &numbers);
    }
}

/// Numbers of digits with and without rules, `+`, `*` and another byte; lists of 4 to 90 rules.
#[test]
fn all_short_numbers_agree_with_the_reference() {
    let strings = all_strings(b"95+*x", 6);
    let mut random = Random::new(1);
    for round in 0..if is_long() { 20_000 } else { 2_000 } {
        let size = [4, 12, 4, 60][round % 4];
        check(&random.short_rules(size, b"9+*"), &strings);
    }
    let strings = all_strings(b"1958+*", 4);
    for _ in 0..2_000 {
        let size = random.below(90);
        check(&random.short_rules(size, b"198+*"), &strings);
    }
}

/// A million dials in every run, a hundred million with `ADR_LONG=1`.
#[test]
fn a_million_random_numbers_agree_with_the_reference() {
    let mut random = Random::new(2);
    for round in 0..if is_long() { 50_000 } else { 500 } {
        let size = [3, 10, 49, 120][round % 4];
        let rules = random.plan(size);
        let numbers: Vec<Vec<u8>> = (0..2_000).map(|_| random.number(&rules)).collect();
        check(&rules, &numbers);
    }
}

/// Large lists with index lines; few numbers, because the reference is slow.
#[test]
fn large_lists_agree_with_the_reference() {
    let mut random = Random::new(3);
    for size in [2_000, 20_000, 60_000] {
        let rules = random.plan(size);
        let numbers: Vec<Vec<u8>> = (0..400).map(|_| random.number(&rules)).collect();
        check(&rules, &numbers);
    }
}

#[test]
fn adversarial_lists_agree_with_the_reference() {
    for (name, rules) in adversarial() {
        let numbers: Vec<Vec<u8>> = rules.iter().take(400).flat_map(near).collect();
        println!("{name}: {} rules, {} numbers", rules.len(), numbers.len());
        for rules in [&rules[..], &rules[..rules.len().min(30)]] {
            check(rules, &numbers);
        }
    }
}

#[test]
fn a_million_equal_rules_are_compiled() {
    let rules = vec![Rule::from_deployed("408", 10, 3, "9"); 1_000_000];
    check(&rules, &near(&rules[0]));
    let rules = vec![Rule::from_deployed("*67", 0, 3, "9"); 1_000_000];
    let dialer = Dialer::new(&rules);
    let mut scratch = Scratch::default();
    assert_eq!(dialer.dial(b"*67408", &mut scratch).rule(), Some(0));
    assert_eq!(dialer.dial(b"67408", &mut scratch).rule(), None);
}

#[test]
fn dialer_is_send_and_sync() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Dialer>();
}
