//! The fast engine agrees with the reference on every number.

#![allow(clippy::unwrap_used, reason = "a pattern that is wrong fails the test")]

use adr_engine::{Dialer, Room, Rule, apply};
use proptest::prelude::*;

/// Short strings over few symbols, so that rules and numbers meet; now and then something long or odd.
fn text(most: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::string::string_regex(&format!("[01+*]{{0,{most}}}")).unwrap(),
        2 => proptest::string::string_regex("\\+?[0-9]{0,18}").unwrap(),
        1 => proptest::string::string_regex("[0-9ä:x ]{0,9}").unwrap(),
        1 => "[01]{90,140}",
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let digits = prop_oneof![6 => 0..8, 2 => 8..20, 1 => -2..1, 1 => 100..140];
    let remove = prop_oneof![8 => 0..6, 1 => -2..0, 1 => 0..200];
    (text(4), digits, remove, text(10)).prop_map(|(begins_with, digits, remove, prefix)| {
        Rule::as_client_reads(&begins_with, digits, remove, &prefix)
    })
}

fn check(rules: &[Rule], numbers: &[Vec<u8>]) {
    let dialer = Dialer::new(rules);
    let mut room = Room::default();
    let mut batch = Vec::new();
    let slices: Vec<&[u8]> = numbers.iter().map(Vec::as_slice).collect();
    let mut batch_room = Room::default();
    dialer.dial_all(&slices, &mut batch_room, |dialled| {
        batch.push((dialled.rule(), dialled.result.to_vec()));
    });
    for (number, in_batch) in numbers.iter().zip(batch) {
        let reference = apply(rules, number);
        let dialled = dialer.dial(number, &mut room);
        assert_eq!(dialled.rule(), reference.rule, "{number:?} by {rules:?}");
        assert_eq!(
            dialled.result, &*reference.result,
            "{number:?} by {rules:?}"
        );
        assert_eq!(
            in_batch,
            (reference.rule, reference.result.to_vec()),
            "{number:?} by {rules:?}"
        );
    }
}

/// Every string over `symbols` up to `length` bytes, the empty one included.
fn all_strings(symbols: &[u8], length: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..length {
        let to = all.len();
        for at in from..to {
            let head = all[at].clone();
            all.extend(
                symbols
                    .iter()
                    .map(|symbol| [&head[..], &[*symbol]].concat()),
            );
        }
        from = to;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn agrees_on_random_numbers(rules in prop::collection::vec(rule(), 0..150), numbers in prop::collection::vec(text(7), 1..90)) {
        let numbers: Vec<Vec<u8>> = numbers.into_iter().map(String::into_bytes).collect();
        check(&rules, &numbers);
    }

    #[test]
    fn agrees_on_all_short_strings(rules in prop::collection::vec(rule(), 0..80)) {
        check(&rules, &all_strings(b"01+", 6));
    }
}
