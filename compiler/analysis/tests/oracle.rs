//! Every analysis compared with brute force: all numbers of up to five characters, thousands of
//! random lists.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a variable sets the number of cases; a failure here fails the test"
)]

use std::sync::LazyLock;

use adr_analysis::{
    Domain, Lengths, Reachability, Region, ResultProblem, coverage, difference, first_change,
    first_match_regions, longest_covered, reachability, result_problems,
};
use adr_engine::{Rule, apply, first_match};
use num_bigint::BigUint;
use proptest::prelude::*;

mod regions;
mod strings;

use regions::holds;
use strings::{MAX_LENGTH, all, cases, digit_strings};

/// Every number of up to five characters, two more than the longest begins-with.
static STRINGS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| digit_strings(MAX_LENGTH).to_vec());

/// Number of lists for each property.
const CASES: u32 = 32;

fn rule() -> impl Strategy<Value = Rule> {
    let prefix = prop_oneof![6 => "[+]?[019]{0,3}", 1 => "[0-9]{0,1}", 1 => "[*é0]{1,2}"];
    let digits = prop_oneof![6 => 1..=4_i32, 2 => -1..=0_i32];
    let remove = prop_oneof![8 => 0..=4_i32, 1 => -1..=-1_i32, 1 => Just(i32::MAX)];
    (prefix, digits, remove, "[019]{0,2}").prop_map(|(prefix, digits, remove, with)| {
        Rule::from_deployed(&prefix, digits, remove, &with)
    })
}

/// A list; sometimes with ten rules that together cover a prefix.
fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let ten = ("[019]{0,1}", 0..=4_i32).prop_map(|(prefix, digits)| {
        let rule = |digit| Rule::from_deployed(&format!("{prefix}{digit}"), digits, 0, "5");
        (0..10).map(rule).collect::<Vec<_>>()
    });
    let several = prop_oneof![5 => rule().prop_map(|rule| vec![rule]), 1 => ten];
    prop::collection::vec(several, 0..7).prop_map(|several| several.concat())
}

/// Every number of up to four characters that can be dialed.
static DIALABLE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| all(Domain::Dialable, 4));

/// Lists of rules for one length each, some of which cover a prefix with all thirteen symbols.
fn plain_rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = ("[+019]{0,3}", 1..=4_i32)
        .prop_map(|(prefix, digits)| vec![Rule::from_deployed(&prefix, digits, 0, "5")]);
    let all = ("[01]{0,1}", 1..=4_i32).prop_map(|(prefix, digits)| {
        let rule = |symbol: char| Rule::from_deployed(&format!("{prefix}{symbol}"), digits, 0, "5");
        "0123456789+*#".chars().map(rule).collect::<Vec<_>>()
    });
    let several = prop_oneof![12 => rule, 1 => all];
    prop::collection::vec(several, 0..10).prop_map(|several| several.concat())
}

/// Lists with values around the longest length that is analyzed.
fn far_rules() -> impl Strategy<Value = Vec<Rule>> {
    let about = || prop_oneof![0..=3_i32, 4_090..=4_100_i32, Just(-1_i32), Just(i32::MAX)];
    let rule =
        ("[01]{0,1}", about(), about(), "[1]{0,2}").prop_map(|(prefix, digits, remove, with)| {
            Rule::from_deployed(&prefix, digits, remove, &with)
        });
    prop::collection::vec(rule, 1..4)
}

fn far_number() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![1..=6_usize, 4_088..=4_104_usize];
    ("[01]", length).prop_map(|(first, length)| {
        let mut number = first.into_bytes();
        number.resize(length, b'1');
        number
    })
}

fn differ(old: &[Rule], new: &[Rule], number: &[u8]) -> bool {
    apply(old, number).result != apply(new, number).result
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(CASES)))]

    #[test]
    fn rule_is_live_exactly_when_it_wins_some_number(rules in rules()) {
        let reachability = reachability(&rules, Domain::Digits);
        let mut live = vec![false; rules.len()];
        for number in STRINGS.iter() {
            if let Some(winner) = first_match(&rules, number) {
                live[winner] = true;
            }
        }
        for (at, reachability) in reachability.iter().enumerate() {
            prop_assert_eq!(live[at], *reachability == Reachability::Live, "rule {}: {:?}", at, reachability);
            let mut matched = STRINGS.iter().filter(|number| rules[at].matches(number)).peekable();
            prop_assert_eq!(matched.peek().is_none(), *reachability == Reachability::Impossible, "rule {}: {:?}", at, reachability);
            if let Reachability::Shadowed(by) = reachability {
                prop_assert!(by.iter().all(|other| *other < at), "{by:?}");
                let uncovered = matched.find(|number| !by.iter().any(|other| rules[*other].matches(number)));
                prop_assert_eq!(uncovered, None, "rule {}: {:?}", at, by);
            }
        }
    }

    #[test]
    fn reachability_of_plain_rules_equals_brute_force(rules in plain_rules()) {
        let reachability = reachability(&rules, Domain::Dialable);
        for (at, reachability) in reachability.iter().enumerate() {
            let won = DIALABLE.iter().any(|number| first_match(&rules, number) == Some(at));
            prop_assert_eq!(won, *reachability == Reachability::Live, "rule {}: {:?}", at, reachability);
            let matches = DIALABLE.iter().any(|number| rules[at].matches(number));
            prop_assert_eq!(!matches, *reachability == Reachability::Impossible, "rule {}: {:?}", at, reachability);
            if let Reachability::Shadowed(by) = reachability {
                let free = |number: &&Vec<u8>| {
                    rules[at].matches(number) && !by.iter().any(|other| rules[*other].matches(number))
                };
                prop_assert_eq!(DIALABLE.iter().find(free), None, "rule {}: {:?}", at, by);
            }
        }
    }

    #[test]
    fn regions_partition_all_numbers(rules in rules()) {
        let regions: Vec<Region<'_>> = first_match_regions(&rules, Domain::Digits).collect();
        for number in STRINGS.iter().skip(1) {
            let winner = first_match(&rules, number);
            let mut holding = regions.iter().filter(|region| holds(region, number));
            let found = holding.next().and_then(|region| region.winner);
            prop_assert_eq!(found, winner, "{:?}", number);
            prop_assert!(holding.next().is_none(), "{number:?} is in two regions");
        }
        for region in &regions {
            let witness = region.witness(Domain::Digits);
            prop_assert!(holds(region, &witness), "{region:?}: {witness:?}");
            if region.lengths.to.is_some_and(|to| to <= MAX_LENGTH) {
                let counted = STRINGS.iter().filter(|number| holds(region, number)).count();
                prop_assert_eq!(region.count(Domain::Digits), Some(BigUint::from(counted)));
            }
        }
    }

    #[test]
    fn coverage_equals_brute_force(rules in rules()) {
        for (at, coverage) in coverage(&rules, Domain::Digits).into_iter().enumerate() {
            let Some(coverage) = coverage else { continue };
            let count = |which: &dyn Fn(&[u8]) -> bool| BigUint::from(STRINGS.iter().filter(|n| which(n)).count());
            prop_assert_eq!(coverage.won, count(&|number| first_match(&rules, number) == Some(at)));
            prop_assert_eq!(coverage.matched, count(&|number| rules[at].matches(number)));
        }
    }

    #[test]
    fn difference_is_found_exactly_where_results_differ(old in rules(), new in rules()) {
        let found = difference(&old, &new, Domain::Digits);
        let first = STRINGS.iter().find(|number| differ(&old, &new, number));
        prop_assert_eq!(found.first().map(|found| &found.witness), first);
        for number in STRINGS.iter().filter(|number| differ(&old, &new, number)) {
            prop_assert!(found.iter().any(|found| holds(&found.region, number)), "{number:?}");
        }
        // brute force does not cover longer numbers
        for found in found.iter().filter(|found| found.region.lengths.from <= MAX_LENGTH) {
            let differing = || STRINGS.iter().filter(|number| holds(&found.region, number) && differ(&old, &new, number));
            prop_assert_eq!(Some(&found.witness), differing().next());
            prop_assert_eq!(&*apply(&old, &found.witness).result, &found.old_result[..]);
            prop_assert_eq!(first_match(&old, &found.witness), found.old);
            prop_assert_eq!(first_match(&new, &found.witness), found.new);
            if found.region.lengths.to.is_some_and(|to| to <= MAX_LENGTH) {
                prop_assert_eq!(found.count(Domain::Digits), Some(BigUint::from(differing().count())));
            }
        }
    }

    #[test]
    fn list_equals_itself_and_its_doubled_rules(rules in rules()) {
        prop_assert!(difference(&rules, &rules, Domain::Anything).is_empty());
        let doubled: Vec<Rule> = rules.iter().flat_map(|rule| [rule.clone(), rule.clone()]).collect();
        prop_assert!(difference(&rules, &doubled, Domain::Anything).is_empty());
    }

    #[test]
    fn first_change_of_a_pattern_equals_brute_force(
        rules in rules(), begins_with in "[+*]{0,2}[019]{0,2}", from in 0..4_usize, more in 0..3_usize
    ) {
        let lengths = Lengths { from, to: (more < 2).then_some(from + more) };
        let asked = |number: &&Vec<u8>| {
            let further = number.strip_prefix(begins_with.as_bytes());
            !number.is_empty()
                && further.is_some_and(|text| text.iter().all(u8::is_ascii_digit))
                && number.len() >= from && lengths.to.is_none_or(|to| number.len() <= to)
        };
        let is_changed = |number: &&Vec<u8>| *apply(&rules, number).result != number[..];
        let first = DIALABLE.iter().filter(asked).find(is_changed);
        match first_change(&rules, begins_with.as_bytes(), lengths) {
            Some(found) if found.witness.len() > 4 => {
                prop_assert_eq!(first, None);
                prop_assert!(asked(&&found.witness) && is_changed(&&found.witness), "{:?}", found);
            }
            found => prop_assert_eq!(found.as_ref().map(|found| &found.witness), first),
        }
    }

    #[test]
    fn differences_of_a_domain_are_counted_in_a_smaller_one(old in rules(), new in rules()) {
        let found = difference(&old, &new, Domain::Dialable);
        if found.iter().any(|found| found.region.lengths.to.is_none()) {
            return Ok(());
        }
        let counts = found.iter().map(|found| found.count(Domain::Digits).unwrap());
        let counted: BigUint = counts.sum();
        let asked = difference(&old, &new, Domain::Digits);
        let asked: BigUint = asked.iter().map(|found| found.count(Domain::Digits).unwrap()).sum();
        prop_assert_eq!(counted, asked);
    }

    #[test]
    fn answers_hold_up_to_the_longest_covered_length(rules in far_rules(), number in far_number()) {
        let longest = longest_covered(&[&rules]);
        let found = difference(&rules, &[], Domain::Digits);
        if longest.is_none_or(|longest| number.len() <= longest) {
            let is_changed = *apply(&rules, &number).result != number[..];
            let given = found.iter().any(|found| holds(&found.region, &number));
            prop_assert!(given || !is_changed, "{:?} digits", number.len());
        }
    }

    #[test]
    fn empty_results_equal_brute_force(rules in rules()) {
        let found = result_problems(&rules, Domain::Digits);
        for at in 0..rules.len() {
            let empty = |number: &&Vec<u8>| {
                let is_begins_with = rules[at].length().is_none() && number.len() == rules[at].begins_with().len();
                first_match(&rules, number) == Some(at) && apply(&rules, number).result.is_empty() && !is_begins_with
            };
            let first = STRINGS.iter().find(empty);
            let given = found.iter().find(|(problem, change)| *problem == ResultProblem::Empty && change.rule == at);
            prop_assert_eq!(given.map(|(_, change)| &change.witness), first);
        }
    }
}
