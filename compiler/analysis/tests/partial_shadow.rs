//! Partially shadowed rules, compared with brute force over all numbers of up to four digits.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a variable sets the number of cases; a failure here fails the test"
)]

use std::collections::BTreeSet;

use adr_analysis::{Coverage, Domain, partial_shadows};
use adr_engine::{Rule, first_match};
use num_bigint::BigUint;
use proptest::prelude::*;

/// Every number of up to four symbols of the domain of digits.
fn numbers() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut before = vec![Vec::new()];
    for at in 0..4 {
        let symbols = Domain::Digits.symbols(at).iter();
        before = symbols
            .flat_map(|symbol| before.iter().map(|text| [text.as_slice(), &[*symbol]].concat()))
            .collect();
        all.extend(before.clone());
    }
    // the first symbol is the one that may be a plus
    all.retain(|number| Domain::Digits.allows(number));
    all
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let read = |prefix: &str, digits| Rule::from_deployed(prefix, digits, 0, "5");
    let one = ("[+]?[019]{0,2}", -1..=4_i32)
        .prop_map(move |(prefix, digits)| vec![read(&prefix, digits)]);
    let ten = ("[019]{0,1}", 1..=4_i32).prop_map(move |(prefix, digits)| {
        (0..10).map(|digit| read(&format!("{prefix}{digit}"), digits)).collect()
    });
    let several = prop_oneof![6 => one, 1 => ten];
    prop::collection::vec(several, 0..8).prop_map(|several| several.concat())
}

/// How many numbers a rule wins, how many it matches, and which rules win the others.
fn counted(rules: &[Rule], at: usize, numbers: &[Vec<u8>]) -> (usize, usize, BTreeSet<usize>) {
    let matched = numbers.iter().filter(|number| rules[at].matches(number));
    let winners: Vec<usize> = matched.filter_map(|number| first_match(rules, number)).collect();
    let won = winners.iter().filter(|winner| **winner == at).count();
    let others = winners.iter().copied().filter(|winner| *winner != at);
    (won, winners.len(), others.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("ADR_LONG").is_some() { 5_000 } else { 48 }))]

    #[test]
    fn partial_shadows_of_random_lists_equal_brute_force(rules in rules()) {
        let numbers = numbers();
        let found = partial_shadows(&rules, Domain::Digits);
        for (at, rule) in rules.iter().enumerate() {
            let (won, matched, others) = counted(&rules, at, &numbers);
            let given = found.iter().find(|given| given.rule == at);
            // a rule for any length may win or lose longer numbers only
            let is_partial = won > 0 && !others.is_empty();
            prop_assert!(given.is_some() == is_partial || rule.length().is_none());
            let Some(given) = given else { continue };
            let first = numbers.iter().filter(|number| rule.matches(number));
            let first = first.filter(|number| first_match(&rules, number) != Some(at));
            let first = first.min_by(|a, b| Domain::compare(a, b));
            if given.witness.len() <= 4 {
                prop_assert_eq!(Some(&given.witness), first);
            }
            let is_shadowed = |number: &&Vec<u8>| given.shadowed_by.iter().any(|by| rules[*by].matches(number));
            let lost = numbers.iter().filter(|number| rule.matches(number));
            let mut lost = lost.filter(|number| first_match(&rules, number) != Some(at));
            prop_assert!(lost.all(|number| is_shadowed(&number)));
            if rule.length().is_some() {
                prop_assert!(given.shadowed_by.iter().all(|by| others.contains(by)));
                prop_assert_eq!(&given.coverage, &Some(Coverage { won: BigUint::from(won), matched: BigUint::from(matched) }));
            }
        }
    }
}

#[test]
fn one_rule_above_a_million_exceptions_is_partially_shadowed() {
    let mut rules: Vec<Rule> =
        (0..1_000_000).map(|at| Rule::from_deployed(&format!("2{at:06}"), 10, 0, "9")).collect();
    assert!(partial_shadows(&rules, Domain::Digits).is_empty());
    rules.push(Rule::from_deployed("", 10, 0, "9"));
    let found = partial_shadows(&rules, Domain::Digits);
    assert_eq!((found.len(), found[0].shadowed_by.len()), (1, 1_000_000));
    let coverage = Coverage {
        won: BigUint::from(10_000_000_000_u64),
        matched: BigUint::from(11_000_000_000_u64),
    };
    // all numbers of ten digits and those with a plus in front, without those that begin with 2
    assert_eq!(found[0].coverage, Some(coverage));
}

#[test]
fn nested_prefixes_are_each_shadowed_by_the_next() {
    let text = "1".repeat(100);
    let up = (0..=100).rev().map(|length| Rule::from_deployed(&text[..length], 100, 0, "9"));
    let found = partial_shadows(&up.collect::<Vec<_>>(), Domain::Dialable);
    assert_eq!(found.len(), 100);
    assert!(found.iter().all(|shadow| shadow.shadowed_by.len() == 1));
}
