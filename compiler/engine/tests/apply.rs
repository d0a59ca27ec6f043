//! Applying and tracing rules, compared with an independent implementation of the specification.

use adr_engine::{Rule, apply, apply_into, first_match, trace};
use proptest::prelude::*;

/// The result of a client, computed byte by byte as specified.
fn specified(rules: &[(Vec<u8>, i32, i32, Vec<u8>)], number: &[u8]) -> (Option<usize>, Vec<u8>) {
    for (at, (begins_with, digits, remove, prefix)) in rules.iter().enumerate() {
        let length_fits = *digits <= 0 || i64::from(*digits) == number.len() as i64;
        let mut begins = begins_with.len() <= number.len();
        for position in 0..begins_with.len().min(number.len()) {
            begins &= begins_with[position] == number[position];
        }
        if number.is_empty() || !length_fits || !begins {
            continue;
        }
        let mut result = prefix.clone();
        let all = *remove < 0 || i64::from(*remove) > number.len() as i64;
        for (position, byte) in number.iter().enumerate() {
            if !all && position as i64 >= i64::from(*remove) {
                result.push(*byte);
            }
        }
        return (Some(at), result);
    }
    (None, number.to_vec())
}

fn number() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::collection::vec(prop::sample::select(b"0919+*#".to_vec()), 0..9),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn integer() -> impl Strategy<Value = i32> {
    prop_oneof![6 => 0..9, 1 => -2..200, 1 => any::<i32>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn random_rules_apply_as_specified(
        rules in prop::collection::vec(("[019+]{0,3}|[01äX.]{0,3}", integer(), integer(), "[0-9+*#é]{0,5}"), 0..8),
        number in number(),
    ) {
        let ours: Vec<Rule> = rules
            .iter()
            .map(|(begins_with, digits, remove, prefix)| Rule::from_deployed(begins_with, *digits, *remove, prefix))
            .collect();
        let specified_rules: Vec<_> = rules
            .into_iter()
            .map(|(begins_with, digits, remove, prefix)| (begins_with.into_bytes(), digits, remove, prefix.into_bytes()))
            .collect();
        let (winner, result) = specified(&specified_rules, &number);
        let applied = apply(&ours, &number);
        prop_assert_eq!((applied.rule, &*applied.result), (winner, &*result));
        let mut appended = b"before".to_vec();
        prop_assert_eq!(apply_into(&ours, &number, &mut appended), winner);
        prop_assert_eq!(&appended[6..], &*result);
        prop_assert_eq!(first_match(&ours, &number), winner);
    }

    #[test]
    fn trace_lists_every_rule_above_the_winner(
        rules in prop::collection::vec(("[019+]{0,3}", 0..5_i32), 0..8),
        number in number(),
    ) {
        let rules: Vec<Rule> = rules
            .iter()
            .map(|(begins_with, digits)| Rule::from_deployed(begins_with, *digits, 0, "9"))
            .collect();
        let trace = trace(&rules, &number);
        prop_assert_eq!(&trace.applied, &apply(&rules, &number));
        prop_assert_eq!(trace.skipped.len(), trace.applied.rule.unwrap_or(rules.len()));
        for (at, skipped) in trace.skipped.iter().enumerate() {
            prop_assert_eq!((skipped.rule, Some(skipped.why)), (at, rules[at].mismatch(&number)));
        }
    }
}
