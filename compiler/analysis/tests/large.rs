//! Lists that would break a careless walk: right answers, no recursion without a bound, nothing quadratic.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use adr_analysis::{Domain, Fate, difference, fates, first_match_regions};
use adr_engine::Rule;

fn rule(prefix: &str, digits: i32) -> Rule {
    Rule::as_client_reads(prefix, digits, 0, "9")
}

#[test]
fn a_million_equal_rules() {
    let rules = vec![rule("555", 7); 1_000_000];
    let fates = fates(&rules, Domain::Anything);
    assert_eq!(fates[0], Fate::Alive);
    assert!(fates[1..].iter().all(|fate| *fate == Fate::Dead(vec![0])));
    let any = vec![rule("555", 0); 100_000];
    assert_eq!(
        adr_analysis::fates(&any, Domain::Dialable)
            .iter()
            .filter(|fate| **fate == Fate::Alive)
            .count(),
        1
    );
}

#[test]
fn a_chain_of_prefixes() {
    let text = "1".repeat(100);
    let chain: Vec<Rule> = (0..=100).map(|length| rule(&text[..length], 100)).collect();
    let down = fates(&chain, Domain::Dialable);
    assert!(down[1..].iter().all(|fate| *fate == Fate::Dead(vec![0])));
    let up: Vec<Rule> = chain.into_iter().rev().collect();
    assert!(
        fates(&up, Domain::Dialable)
            .iter()
            .all(|fate| *fate == Fate::Alive)
    );
    assert_eq!(first_match_regions(&up, Domain::Dialable).count(), 101);
}

#[test]
fn ten_thousand_blocks_that_cover_a_plan() {
    let blocks: Vec<Rule> = (0..10_000).map(|at| rule(&format!("{at:04}"), 7)).collect();
    let mut with_rest = blocks.clone();
    with_rest.push(rule("", 7));
    let fate = |domain| fates(&with_rest, domain).pop().unwrap();
    assert_eq!(fate(Domain::Dialable), Fate::Alive);
    // a plus in front is a number as well
    assert_eq!(fate(Domain::Digits), Fate::Alive);
    with_rest.insert(0, rule("+", 7));
    let Fate::Dead(by) = fates(&with_rest, Domain::Digits).pop().unwrap() else {
        unreachable!("every number is taken");
    };
    assert_eq!(by.len(), 10_001);
}

#[test]
fn one_rule_of_a_million_is_another_one() {
    let old: Vec<Rule> = (0..1_000_000)
        .map(|at| rule(&format!("{at:06}"), 10))
        .collect();
    let mut new = old.clone();
    new[654_321] = Rule::as_client_reads("654321", 10, 0, "8");
    let found = difference(&old, &new, Domain::Dialable);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].old, found[0].new), (Some(654_321), Some(654_321)));
    assert_eq!(found[0].witness, b"6543210000");
    new.reverse();
    assert_eq!(difference(&old, &new, Domain::Dialable).len(), 1);
}

#[test]
fn removal_beyond_every_length() {
    let all = [Rule::as_client_reads("", 0, -1, "1")];
    let many = [Rule::as_client_reads("", 0, i32::MAX, "1")];
    let hundred = [Rule::as_client_reads("", 0, 100, "1")];
    assert!(difference(&all, &many, Domain::Digits).is_empty());
    let found = difference(&all, &hundred, Domain::Digits);
    assert_eq!(found[0].witness.len(), 101);
    assert!(found[0].count(Domain::Digits).is_some());
    assert_eq!(
        found.last().unwrap().count(Domain::Digits),
        None,
        "there is no end to it"
    );
}
