//! Large and extreme lists: answers are correct, recursion is bounded, and time is not quadratic.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

use adr_analysis::{
    Domain, Reachability, difference, first_difference, first_match_regions, inverse, mergeable,
    minimize, overlaps, reachability, rematches, round_trip,
};
use adr_engine::Rule;

fn rule(prefix: &str, digits: i32) -> Rule {
    Rule::from_deployed(prefix, digits, 0, "9")
}

#[test]
fn equal_rules_are_shadowed_by_the_first() {
    let rules = vec![rule("555", 7); 1_000_000];
    let reachability = reachability(&rules, Domain::Anything);
    assert_eq!(reachability[0], Reachability::Live);
    assert!(reachability[1..].iter().all(|one| *one == Reachability::Shadowed(vec![0])));
    let any = vec![rule("555", 0); 100_000];
    assert_eq!(
        adr_analysis::reachability(&any, Domain::Dialable)
            .iter()
            .filter(|one| **one == Reachability::Live)
            .count(),
        1
    );
}

#[test]
fn nested_prefixes_are_shadowed_only_by_shorter_ones_above() {
    let text = "1".repeat(100);
    let chain: Vec<Rule> = (0..=100).map(|length| rule(&text[..length], 100)).collect();
    let down = reachability(&chain, Domain::Dialable);
    assert!(down[1..].iter().all(|one| *one == Reachability::Shadowed(vec![0])));
    let up: Vec<Rule> = chain.into_iter().rev().collect();
    assert!(reachability(&up, Domain::Dialable).iter().all(|one| *one == Reachability::Live));
    assert_eq!(first_match_regions(&up, Domain::Dialable).count(), 101);
}

#[test]
fn blocks_and_a_plus_together_shadow_the_rule_for_all() {
    let blocks: Vec<Rule> = (0..10_000).map(|at| rule(&format!("{at:04}"), 7)).collect();
    let mut with_rest = blocks.clone();
    with_rest.push(rule("", 7));
    let of_last = |domain| reachability(&with_rest, domain).pop().unwrap();
    assert_eq!(of_last(Domain::Dialable), Reachability::Live);
    // a plus in front is a number as well
    assert_eq!(of_last(Domain::Digits), Reachability::Live);
    with_rest.insert(0, rule("+", 7));
    let Reachability::Shadowed(by) = reachability(&with_rest, Domain::Digits).pop().unwrap() else {
        unreachable!("every number is matched");
    };
    assert_eq!(by.len(), 10_001);
}

#[test]
fn one_changed_rule_of_a_million_is_the_only_difference() {
    let old: Vec<Rule> = (0..1_000_000).map(|at| rule(&format!("{at:06}"), 10)).collect();
    let mut new = old.clone();
    new[654_321] = Rule::from_deployed("654321", 10, 0, "8");
    let found = difference(&old, &new, Domain::Dialable);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].old, found[0].new), (Some(654_321), Some(654_321)));
    assert_eq!(found[0].witness, b"6543210000");
    new.reverse();
    assert_eq!(difference(&old, &new, Domain::Dialable).len(), 1);
}

#[test]
fn removal_beyond_every_length_equals_removal_of_everything() {
    let all = [Rule::from_deployed("", 0, -1, "1")];
    let many = [Rule::from_deployed("", 0, i32::MAX, "1")];
    let hundred = [Rule::from_deployed("", 0, 100, "1")];
    assert!(difference(&all, &many, Domain::Digits).is_empty());
    let found = difference(&all, &hundred, Domain::Digits);
    assert_eq!(found[0].witness.len(), 101);
    assert!(found[0].count(Domain::Digits).is_some());
    assert_eq!(found.last().unwrap().count(Domain::Digits), None, "the lengths have no limit");
}

#[test]
fn equal_rules_minimize_to_one() {
    let rules = vec![rule("555", 7); 1_000_000];
    assert_eq!(minimize(&rules, Domain::Anything).rules, rules[..1]);
    assert!(mergeable(&rules, Domain::Anything).is_empty(), "dead rules are another finding");
    assert!(overlaps(&rules, Domain::Anything).is_empty());
    assert!(rematches(&rules, Domain::Digits).is_empty());
    assert_eq!(inverse(&rules, Domain::Digits).rules.len(), 1);
}

#[test]
fn nested_exceptions_are_already_minimal() {
    let text = "1".repeat(100);
    let chain = |remove: i32| -> Vec<Rule> {
        let rule =
            |length| Rule::from_deployed(&text[..length], 100, remove, ["8", "9"][length % 2]);
        (0..=100).rev().map(rule).collect()
    };
    let rules = chain(0);
    assert_eq!(minimize(&rules, Domain::Dialable).rules.len(), rules.len());
    assert_eq!(overlaps(&rules, Domain::Dialable).len(), rules.len() - 1);
    // the result has 101 digits, and no rule can match as many
    assert!(rematches(&rules, Domain::Dialable).is_empty());
    let undone = inverse(&chain(1), Domain::Digits);
    assert!(!undone.rules.is_empty());
    // the two effects alternate, so that one rule and its exceptions suffice for doubled rules
    let doubled = [rules.clone(), rules.clone()].concat();
    assert_eq!(minimize(&doubled, Domain::Anything).rules, rules);
}

#[test]
fn many_rules_with_equal_results_are_analyzed_in_time() {
    let strip: Vec<Rule> =
        (0..10_000).map(|at| Rule::from_deployed(&format!("{at:04}"), 10, 4, "")).collect();
    let extensions: Vec<Rule> =
        (0..10_000).map(|at| Rule::from_deployed(&format!("{at:04}"), 6, 0, "77")).collect();
    let both = [strip.clone(), extensions.clone()].concat();
    assert_eq!(rematches(&both, Domain::Digits).len(), strip.len());
    let back: Vec<Rule> =
        (0..10_000).map(|at| Rule::from_deployed(&format!("{at:04}"), 6, 0, "0000")).collect();
    let lost = round_trip(&strip, &back, Domain::Digits);
    let changed = lost.iter().filter(|lost| lost.region.winner.is_some());
    // numbers that began with 0000 are restored
    assert_eq!(changed.count(), strip.len() - 1);
    assert!(
        first_difference(&strip, &minimize(&strip, Domain::Digits).rules, Domain::Digits).is_none()
    );
}

#[test]
fn values_beyond_cucm_limits_are_analyzed() {
    let rules = [
        Rule::from_deployed("12345", 3, 0, "9"),
        Rule::from_deployed("\u{a0}7", 5, -1, "x"),
        Rule::from_deployed("7", 5, i32::MAX, "5"),
        Rule::from_deployed("8", i32::MAX, 1, ""),
        Rule::from_deployed("", i32::MIN, i32::MIN, "0"),
        Rule::from_deployed("1", 150, 120, &"9".repeat(120)),
    ];
    for domain in Domain::ALL {
        let minimal = minimize(&rules, domain);
        assert!(first_difference(&rules, &minimal.rules, domain).is_none());
        assert!(!minimal.is_minimum, "a rule for any length stays");
        assert!(mergeable(&rules, domain).is_empty());
        // the result of the rule for any length is 0, which it matches again
        assert!(
            rematches(&rules, domain).iter().any(|one| one.first.result == b"0" || one.next == 4)
        );
        assert!(inverse(&rules, domain).rules.iter().all(|rule| rule.rule.check().is_ok()));
        assert!(!round_trip(&rules, &rules, domain).is_empty());
    }
}
