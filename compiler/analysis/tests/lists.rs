//! Verbs about one list after another, and about lists with a rule less, against brute force.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the environment says how long to try, and what fails here fails the test"
)]

use std::collections::{HashMap, HashSet};

use adr_analysis::{
    Domain, Loss, Reachability, chains, inverse, mergeable, overlaps, reachability, round_trip,
};
use adr_engine::{Rule, apply, first_match};
use num_bigint::BigUint;
use proptest::prelude::*;

mod regions;
mod strings;

use regions::holds;
use strings::{LONGEST, cases, digit_strings};

const CASES: u32 = 48;

fn rule() -> impl Strategy<Value = Rule> {
    let prefix = prop_oneof![6 => "[+]?[019]{0,3}", 1 => "[0-9]{0,1}", 1 => "[*é0]{1,2}"];
    let digits = prop_oneof![8 => 1..=4_i32, 1 => -1..=0_i32];
    let remove = prop_oneof![8 => 0..=4_i32, 1 => -1..=-1_i32, 1 => Just(i32::MAX)];
    (prefix, digits, remove, "[+]?[019]{0,2}").prop_map(|(prefix, digits, remove, with)| {
        Rule::from_deployed(&prefix, digits, remove, &with)
    })
}

/// A list; now and then rules side by side that nearly cover a place.
fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let side_by_side = ("[01]{0,1}", 1..=4_i32, 0..=3_i32, "[019]{0,1}", 8..=10_u8);
    let side_by_side = side_by_side.prop_map(|(prefix, digits, remove, with, count)| {
        let rule = |digit| Rule::from_deployed(&format!("{prefix}{digit}"), digits, remove, &with);
        (0..count).map(rule).collect::<Vec<_>>()
    });
    let one = rule().prop_map(|rule| vec![rule]);
    let several = prop_oneof![7 => one, 1 => side_by_side];
    prop::collection::vec(several, 0..6).prop_map(|several| several.concat())
}

/// The first rule and the next one that match.
fn first_two(rules: &[Rule], number: &[u8]) -> (Option<usize>, Option<usize>) {
    let mut matching = (0..rules.len()).filter(|at| rules[*at].matches(number));
    (matching.next(), matching.next())
}

fn rewritten(rule: &Rule, number: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    rule.rewrite(number, &mut result);
    result
}

fn result(rules: &[Rule], number: &[u8]) -> Vec<u8> {
    apply(rules, number).result.into_owned()
}

fn without(rules: &[Rule], gone: &[usize]) -> Vec<Rule> {
    let kept = (0..rules.len()).filter(|at| !gone.contains(at));
    kept.map(|at| rules[at].clone()).collect()
}

fn is_equal(old: &[Rule], new: &[Rule]) -> bool {
    let mut numbers = digit_strings(LONGEST).iter();
    numbers.all(|number| apply(old, number).result == apply(new, number).result)
}

/// Lost numbers are exactly those that do not come back, each in one region, and every word of a
/// loss is true.
fn is_exact(first: &[Rule], second: &[Rule], lost: &[Loss]) -> Result<(), TestCaseError> {
    let comes_back = |number: &[u8]| result(second, &result(first, number)) == number;
    for number in digit_strings(LONGEST).iter().skip(1) {
        let holding = lost.iter().filter(|loss| holds(&loss.region, number)).count();
        prop_assert_eq!(holding, usize::from(!comes_back(number)), "{:?}", number);
    }
    for loss in lost {
        prop_assert!(holds(&loss.region, &loss.witness), "{loss:?}");
        prop_assert_eq!(first_match(first, &loss.witness), loss.region.winner);
        prop_assert_eq!(&result(first, &loss.witness), &loss.result);
        prop_assert_eq!(&result(second, &loss.result), &loss.back);
        prop_assert_ne!(&loss.back, &loss.witness);
        if let Some(other) = &loss.collides {
            prop_assert_ne!(other, &loss.witness);
            prop_assert_eq!(&result(first, other), &loss.result);
        }
        if loss.region.lengths.to.is_some_and(|to| to <= LONGEST) {
            let mut held =
                digit_strings(LONGEST).iter().filter(|number| holds(&loss.region, number));
            prop_assert_eq!(
                held.clone().count(),
                usize::try_from(loss.region.count(Domain::Digits).unwrap()).unwrap()
            );
            prop_assert_eq!(held.next(), Some(&loss.witness));
        } else {
            prop_assert!(loss.region.count(Domain::Digits) != Some(BigUint::ZERO));
        }
    }
    Ok(())
}

/// How many short numbers come out as each result.
fn results_of_all(rules: &[Rule]) -> HashMap<Vec<u8>, usize> {
    let mut counts = HashMap::new();
    for number in digit_strings(LONGEST).iter().skip(1) {
        *counts.entry(result(rules, number)).or_default() += 1;
    }
    counts
}

/// Whether a number that is too long for [`results_of_all`] comes out as `given`.
fn comes_of_a_longer_number(rules: &[Rule], given: &[u8]) -> bool {
    let is_one = |other: &[u8]| {
        other.len() > LONGEST && Domain::Digits.holds(other) && result(rules, other) == given
    };
    is_one(given)
        || rules.iter().any(|rule| {
            let Some(rest) = given.strip_prefix(rule.prefix().as_bytes()) else {
                return false;
            };
            let begins_with = rule.begins_with().as_bytes();
            let removed = usize::try_from(rule.remove()).unwrap_or(usize::MAX);
            if removed > LONGEST {
                // everything is removed, of long numbers as well
                let mut longer =
                    (1..=2 * LONGEST).map(|more| [begins_with, &vec![b'0'; more]].concat());
                return rest.is_empty() && longer.any(|other| is_one(&other));
            }
            let fixed = &begins_with[..removed.min(begins_with.len())];
            let free = digit_strings(LONGEST).iter();
            let mut free = free.filter(|free| free.len() == removed - fixed.len());
            free.any(|free| is_one(&[fixed, free, rest].concat()))
        })
}

#[test]
fn any_length_rule_stays_where_only_one_length_has_a_stand_in() {
    let any = Rule::from_deployed("99", 0, 1, "");
    let stand_in = Rule::from_deployed("", 2, 2, "9");
    for domain in Domain::ALL {
        assert_eq!(mergeable(&[any.clone(), stand_in.clone()], domain), []);
    }
    let two = Rule::from_deployed("99", 2, 1, "");
    let found = mergeable(&[two, stand_in], Domain::Digits);
    assert_eq!((found[0].rule, &found[0].into[..]), (0, &[1][..]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(CASES)))]

    #[test]
    fn mergeable_rules_can_go_all_at_once(rules in rules()) {
        let found = mergeable(&rules, Domain::Digits);
        let gone: Vec<usize> = found.iter().map(|found| found.rule).collect();
        prop_assert!(is_equal(&rules, &without(&rules, &gone)), "{found:?}");
        let reachability = reachability(&rules, Domain::Digits);
        for found in &found {
            prop_assert_eq!(&reachability[found.rule], &Reachability::Alive);
            let mut next = HashSet::new();
            for number in digit_strings(LONGEST) {
                if let (Some(first), Some(second)) = first_two(&rules, number)
                    && first == found.rule
                {
                    next.insert(second);
                }
            }
            prop_assert_eq!(&next, &found.into.iter().copied().collect());
        }
        // where all rules live, none that can go alone is overlooked
        if found.is_empty() && reachability.iter().all(|one| *one == Reachability::Alive) {
            for at in 0..rules.len() {
                prop_assert!(!is_equal(&rules, &without(&rules, &[at])), "rule {at}");
            }
        }
    }

    #[test]
    fn order_matters_where_a_swap_changes_a_result(rules in rules()) {
        let found = overlaps(&rules, Domain::Digits);
        for at in 0..rules.len() {
            let told = found.iter().find(|found| found.first.rule == at);
            let shown = digit_strings(LONGEST).iter().find(|number| {
                let (first, second) = first_two(&rules, number);
                first == Some(at) && second.is_some_and(|second| rewritten(&rules[second], number) != rewritten(&rules[at], number))
            });
            prop_assert_eq!(told.map(|told| &told.first.witness), shown);
            if let Some(told) = told {
                let mut swapped = rules.clone();
                swapped.swap(at, told.second);
                prop_assert_eq!(&result(&swapped, &told.first.witness), &told.swapped);
                prop_assert_eq!(&result(&rules, &told.first.witness), &told.first.result);
            }
        }
    }

    #[test]
    fn what_does_not_come_back_is_lost(first in rules(), second in rules()) {
        is_exact(&first, &second, &round_trip(&first, &second, Domain::Digits))?;
    }

    #[test]
    fn an_inverse_brings_back_what_can_be(rules in rules()) {
        let inverse = inverse(&rules, Domain::Digits);
        let undoing: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
        prop_assert!(undoing.iter().all(|rule| rule.check().is_ok()));
        is_exact(&rules, &undoing, &inverse.lost)?;
        for loss in &inverse.lost {
            let is_beyond_cucm = !(1..=100).contains(&loss.result.len());
            prop_assert!(loss.collides.is_some() || is_beyond_cucm, "{loss:?}");
        }
        let counts = results_of_all(&rules);
        let lost = |number: &&Vec<u8>| inverse.lost.iter().any(|loss| holds(&loss.region, number));
        let mut long = HashMap::new();
        for number in digit_strings(LONGEST).iter().skip(1).filter(lost) {
            let given = result(&rules, number);
            let is_short = given.is_empty() || counts[&given] > 1;
            let has_other = is_short || *long.entry(given.clone())
                .or_insert_with(|| comes_of_a_longer_number(&rules, &given));
            prop_assert!(has_other, "{:?} alone gives {:?}: {:?}", number, given, undoing);
        }
    }

    #[test]
    fn results_that_match_again_are_found(rules in rules()) {
        let found = chains(&rules, Domain::Digits);
        for at in 0..rules.len() {
            let told = found.iter().find(|found| found.first.rule == at);
            let again = |number: &&Vec<u8>| {
                let given = result(&rules, number);
                let next = first_match(&rules, &given)?;
                let is_change = result(&rules, &given) != given;
                (first_match(&rules, number) == Some(at) && (next != at || is_change)).then_some(is_change)
            };
            let shown = digit_strings(LONGEST).iter().filter(|number| again(number).is_some());
            let first = shown.min_by_key(|number| again(number) == Some(false));
            if let Some(told) = told.filter(|told| told.first.witness.len() <= LONGEST) {
                prop_assert_eq!(Some(&told.first.witness), first);
                prop_assert_eq!(&told.first.result, &result(&rules, &told.first.witness));
                prop_assert_eq!(first_match(&rules, &told.first.result), Some(told.next));
                prop_assert_eq!(&told.again, &result(&rules, &told.first.result));
            } else {
                // a longer number may be needed for the second pass to change something
                prop_assert!(told.is_some() || first.is_none(), "rule {at}: {first:?}");
            }
        }
    }
}

#[test]
fn a_plus_that_no_number_goes_on_with_comes_back() {
    for rules in [
        vec![Rule::from_deployed("", 4, 1, ""), Rule::from_deployed("0", 4, 0, "")],
        vec![Rule::from_deployed("0", 4, 0, ""), Rule::from_deployed("", 4, 1, "")],
        vec![Rule::from_deployed("9", 2, 1, "")],
    ] {
        let inverse = inverse(&rules, Domain::Digits);
        let undoing: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
        for number in [&b"+00"[..], b"+"] {
            assert_eq!(result(&undoing, &result(&rules, number)), number, "{rules:?}: {undoing:?}");
        }
    }
}

/// Lists of which some results have a `+` further behind, which no number of digits has.
#[test]
fn results_with_an_inner_plus_come_back() {
    let rule = Rule::from_deployed;
    let begins_with_plus = [rule("2", 4, 1, "+"), rule("+", 3, 1, "++")];
    let three = [rule("0", 4, 1, "+"), rule("", 4, 0, "0"), rule("+", 3, 0, "+")];
    // `9+1` comes of `+1` only, though the rule above has all other results that begin with 9
    let free_in_front = [rule("05", 4, 2, "9"), rule("", 2, 0, "9")];
    for (rules, number) in
        [(&begins_with_plus[..], &b"+00"[..]), (&three[..], b"+00"), (&free_in_front[..], b"+1")]
    {
        let inverse = inverse(rules, Domain::Digits);
        let undoing: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
        assert_eq!(result(&undoing, &result(rules, number)), number, "{undoing:?}");
        assert!(inverse.lost.iter().all(|loss| !holds(&loss.region, number)));
    }
}

/// Numbers of more digits than a rule of CUCM can match come back where their results are short
/// enough.
#[test]
fn long_numbers_with_short_results_come_back() {
    let rules = [Rule::from_deployed("0123456789", 0, 10, "")];
    let inverse = inverse(&rules, Domain::Digits);
    let undoing: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
    let number = [&b"0123456789"[..], &[b'7'; 100]].concat();
    assert_eq!(result(&undoing, &result(&rules, &number)), number);
    let longer = [&number[..], b"7"].concat();
    assert!(inverse.lost.iter().any(|loss| holds(&loss.region, &longer)));
}
