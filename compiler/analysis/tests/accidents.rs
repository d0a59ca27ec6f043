//! Accidental emergency calls and unroutable results, compared with brute force over every short
//! number that people dial.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a variable sets the number of cases; a failure here fails the test"
)]

use std::sync::LazyLock;

use adr_analysis::{Accident, Change, Domain, EmergencySet, Unroutable, unroutable_results};
use adr_engine::{Rule, apply, first_match};
use proptest::prelude::*;

#[allow(dead_code, reason = "other suites use this function")]
mod strings;

use strings::{all, cases};

const CASES: u32 = 128;

/// Length of the longest numbers.
const MAX_LENGTH: usize = 4;

/// Every number of up to four characters that people dial, shorter ones first, then in the order of
/// witnesses.
static DIALED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let has_inner_plus = |number: &Vec<u8>| number.iter().skip(1).any(|byte| *byte == b'+');
    let mut numbers = all(Domain::Dialable, MAX_LENGTH);
    numbers.retain(|number| !number.is_empty() && !has_inner_plus(number));
    numbers
});

fn rule() -> impl Strategy<Value = Rule> {
    let prefix = prop_oneof![8 => "[+*]?[019]{0,2}", 1 => "[0-9+*#]{0,1}"];
    let digits = prop_oneof![8 => 1..=4_i32, 1 => Just(0_i32)];
    let remove = prop_oneof![8 => 0..=4_i32, 1 => Just(-1_i32)];
    let with = prop_oneof![8 => "[+]?[019]{0,2}", 1 => "[019+]{0,3}"];
    (prefix, digits, remove, with).prop_map(|(prefix, digits, remove, with)| {
        Rule::from_deployed(&prefix, digits, remove, &with)
    })
}

/// A list; sometimes with sibling rules that nearly cover a prefix.
fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let side_by_side = ("[01]{0,1}", 1..=4_i32, 0..=3_i32, "[019]{0,1}", 7..=13_usize);
    let side_by_side = side_by_side.prop_map(|(prefix, digits, remove, with, count)| {
        let rule =
            |symbol: char| Rule::from_deployed(&format!("{prefix}{symbol}"), digits, remove, &with);
        "0123456789*#+".chars().take(count).map(rule).collect::<Vec<_>>()
    });
    let several = prop_oneof![6 => rule().prop_map(|rule| vec![rule]), 1 => side_by_side];
    prop::collection::vec(several, 0..6).prop_map(|several| several.concat())
}

fn result(rules: &[Rule], number: &[u8]) -> Vec<u8> {
    apply(rules, number).result.into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(CASES)))]

    #[test]
    fn accident_is_reported_exactly_when_a_number_has_it(
        rules in rules(),
        numbers in prop::collection::vec(prop_oneof!["[+]?[019]{1,3}", "[019]{1,2}", "[0-9+*]{1,2}"], 1..5)
    ) {
        let is_member = |number: &[u8]| numbers.iter().any(|known| known.as_bytes() == number);
        let begins = |number: &[u8]| numbers.iter().any(|known| number.starts_with(known.as_bytes()));
        let shows = |number: &[u8], accident| {
            let result = result(&rules, number);
            match accident {
                Accident::Exact => !is_member(number) && is_member(&result),
                Accident::WithMoreDigits => !begins(number) && begins(&result) && !is_member(&result),
            }
        };
        let set = EmergencySet::new(numbers.iter().map(String::as_bytes));
        for accident in [Accident::Exact, Accident::WithMoreDigits] {
            let found = set.accidents(&rules, accident);
            for at in 0..rules.len() {
                let of_rule = |number: &&Vec<u8>| first_match(&rules, number) == Some(at) && shows(number, accident);
                let first = DIALED.iter().find(of_rule).map(Vec::len);
                let reported = found.iter().find(|change| change.rule == at);
                if let Some(change) = reported {
                    prop_assert!(of_rule(&&change.witness), "{:?}: {:?}", accident, change);
                    prop_assert!(!change.witness.iter().skip(1).any(|byte| *byte == b'+'), "{:?}", change);
                    prop_assert_eq!(&result(&rules, &change.witness), &change.result);
                }
                let length = reported.map(|change| change.witness.len());
                prop_assert_eq!(length.filter(|length| *length <= MAX_LENGTH), first, "{:?} of rule {}", accident, at);
            }
        }
    }

    #[test]
    fn unroutable_result_is_reported_with_its_first_number(rules in rules()) {
        let inner_pluses = unroutable_results(&rules, Unroutable::InnerPlus);
        let codes = unroutable_results(&rules, Unroutable::ChangedCode);
        for at in 0..rules.len() {
            let inner_plus = |number: &&Vec<u8>| {
                let is_inner = result(&rules, number).iter().skip(1).any(|byte| *byte == b'+');
                first_match(&rules, number) == Some(at) && is_inner
            };
            let code = |number: &&Vec<u8>| {
                let is_code = matches!(number[0], b'*' | b'#') && rules[at].begins_with().is_empty();
                first_match(&rules, number) == Some(at) && is_code && result(&rules, number) != **number
            };
            let reported = |found: &[Change]| {
                let of_rule = found.iter().find(|change| change.rule == at);
                of_rule.map(|change| change.witness.clone()).filter(|witness| witness.len() <= MAX_LENGTH)
            };
            prop_assert_eq!(reported(&inner_pluses), DIALED.iter().find(inner_plus).cloned());
            prop_assert_eq!(reported(&codes), DIALED.iter().find(code).cloned());
        }
    }
}

/// Ten thousand emergency numbers, each of which is the result of another one.
#[test]
fn ten_thousand_emergency_numbers_take_linear_time() {
    let numbers: Vec<String> =
        (0..10_000).flat_map(|at| [format!("{at:04}"), format!("9{at:04}")]).collect();
    let set = EmergencySet::new(numbers.iter().map(String::as_bytes));
    let blocks = (0..10_000).map(|at| Rule::from_deployed(&format!("{at:04}"), 4, 0, "9"));
    let mut rules: Vec<Rule> = blocks.collect();
    assert!(set.accidents(&rules, Accident::Exact).is_empty());
    rules.push(Rule::from_deployed("", 4, 0, "9"));
    rules.push(Rule::from_deployed("", 5, 1, ""));
    let witnesses = |accident| {
        let found = set.accidents(&rules, accident).into_iter();
        found.map(|change| (change.rule, change.witness)).collect::<Vec<_>>()
    };
    assert_eq!(witnesses(Accident::Exact), [(10_001, b"00000".to_vec())]);
    assert_eq!(witnesses(Accident::WithMoreDigits), [(10_000, b"000*".to_vec())]);
}
