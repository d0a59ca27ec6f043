//! Analyses of two successive lists, and of lists without some rules, compared with brute force.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a variable sets the number of cases; a failure here fails the test"
)]

use std::collections::{HashMap, HashSet};

use adr_analysis::{
    Domain, Reachability, Unrecoverable, inverse, mergeable, overlaps, reachability, rematches,
    round_trip,
};
use adr_engine::{Rule, apply, first_match};
use num_bigint::BigUint;
use proptest::prelude::*;

mod regions;
mod strings;

use regions::holds;
use strings::{MAX_LENGTH, cases, digit_strings};

const CASES: u32 = 48;

fn rule() -> impl Strategy<Value = Rule> {
    let prefix = prop_oneof![6 => "[+]?[019]{0,3}", 1 => "[0-9]{0,1}", 1 => "[*é0]{1,2}"];
    let digits = prop_oneof![8 => 1..=4_i32, 1 => -1..=0_i32];
    let remove = prop_oneof![8 => 0..=4_i32, 1 => -1..=-1_i32, 1 => Just(i32::MAX)];
    (prefix, digits, remove, "[+]?[019]{0,2}").prop_map(|(prefix, digits, remove, with)| {
        Rule::from_deployed(&prefix, digits, remove, &with)
    })
}

/// A list; sometimes with sibling rules that nearly cover a prefix.
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

fn rewrite(rule: &Rule, number: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    rule.rewrite(number, &mut result);
    result
}

fn result(rules: &[Rule], number: &[u8]) -> Vec<u8> {
    apply(rules, number).result.into_owned()
}

fn without(rules: &[Rule], removed: &[usize]) -> Vec<Rule> {
    let kept = (0..rules.len()).filter(|at| !removed.contains(at));
    kept.map(|at| rules[at].clone()).collect()
}

fn is_equal(old: &[Rule], new: &[Rule]) -> bool {
    let mut numbers = digit_strings(MAX_LENGTH).iter();
    numbers.all(|number| apply(old, number).result == apply(new, number).result)
}

/// Checks that exactly the numbers that are not restored are in one region each, and every field of
/// every region.
fn is_exact(first: &[Rule], second: &[Rule], lost: &[Unrecoverable]) -> Result<(), TestCaseError> {
    let is_restored = |number: &[u8]| result(second, &result(first, number)) == number;
    for number in digit_strings(MAX_LENGTH).iter().skip(1) {
        let holding = lost.iter().filter(|one| holds(&one.region, number)).count();
        prop_assert_eq!(holding, usize::from(!is_restored(number)), "{:?}", number);
    }
    for one in lost {
        prop_assert!(holds(&one.region, &one.witness), "{one:?}");
        prop_assert_eq!(first_match(first, &one.witness), one.region.winner);
        prop_assert_eq!(&result(first, &one.witness), &one.result);
        prop_assert_eq!(&result(second, &one.result), &one.returned);
        prop_assert_ne!(&one.returned, &one.witness);
        if let Some(other) = &one.collides_with {
            prop_assert_ne!(other, &one.witness);
            prop_assert_eq!(&result(first, other), &one.result);
        }
        if one.region.lengths.to.is_some_and(|to| to <= MAX_LENGTH) {
            let mut held =
                digit_strings(MAX_LENGTH).iter().filter(|number| holds(&one.region, number));
            prop_assert_eq!(
                held.clone().count(),
                usize::try_from(one.region.count(Domain::Digits).unwrap()).unwrap()
            );
            prop_assert_eq!(held.next(), Some(&one.witness));
        } else {
            prop_assert!(one.region.count(Domain::Digits) != Some(BigUint::ZERO));
        }
    }
    Ok(())
}

/// How many short numbers have each result.
fn results_of_all(rules: &[Rule]) -> HashMap<Vec<u8>, usize> {
    let mut counts = HashMap::new();
    for number in digit_strings(MAX_LENGTH).iter().skip(1) {
        *counts.entry(result(rules, number)).or_default() += 1;
    }
    counts
}

/// Whether a number that is too long for [`results_of_all`] has the result `given`.
fn is_result_of_a_longer_number(rules: &[Rule], given: &[u8]) -> bool {
    let is_one = |other: &[u8]| {
        other.len() > MAX_LENGTH && Domain::Digits.allows(other) && result(rules, other) == given
    };
    is_one(given)
        || rules.iter().any(|rule| {
            let Some(rest) = given.strip_prefix(rule.prefix().as_bytes()) else {
                return false;
            };
            let begins_with = rule.begins_with().as_bytes();
            let removed = usize::try_from(rule.remove()).unwrap_or(usize::MAX);
            if removed > MAX_LENGTH {
                // everything is removed, of long numbers as well
                let mut longer =
                    (1..=2 * MAX_LENGTH).map(|more| [begins_with, &vec![b'0'; more]].concat());
                return rest.is_empty() && longer.any(|other| is_one(&other));
            }
            let fixed = &begins_with[..removed.min(begins_with.len())];
            let free = digit_strings(MAX_LENGTH).iter();
            let mut free = free.filter(|free| free.len() == removed - fixed.len());
            free.any(|free| is_one(&[fixed, free, rest].concat()))
        })
}

#[test]
fn any_length_rule_with_a_replacement_for_one_length_is_not_mergeable() {
    let any = Rule::from_deployed("99", 0, 1, "");
    let replacement = Rule::from_deployed("", 2, 2, "9");
    for domain in Domain::ALL {
        assert_eq!(mergeable(&[any.clone(), replacement.clone()], domain), []);
    }
    let two = Rule::from_deployed("99", 2, 1, "");
    let found = mergeable(&[two, replacement], Domain::Digits);
    assert_eq!((found[0].rule, &found[0].into[..]), (0, &[1][..]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(CASES)))]

    #[test]
    fn mergeable_rules_can_be_removed_all_at_once(rules in rules()) {
        let found = mergeable(&rules, Domain::Digits);
        let removed: Vec<usize> = found.iter().map(|found| found.rule).collect();
        prop_assert!(is_equal(&rules, &without(&rules, &removed)), "{found:?}");
        let reachability = reachability(&rules, Domain::Digits);
        for found in &found {
            prop_assert_eq!(&reachability[found.rule], &Reachability::Live);
            let mut next = HashSet::new();
            for number in digit_strings(MAX_LENGTH) {
                if let (Some(first), Some(second)) = first_two(&rules, number)
                    && first == found.rule
                {
                    next.insert(second);
                }
            }
            prop_assert_eq!(&next, &found.into.iter().copied().collect());
        }
        // where all rules are live, no rule that can be removed alone is overlooked
        if found.is_empty() && reachability.iter().all(|one| *one == Reachability::Live) {
            for at in 0..rules.len() {
                prop_assert!(!is_equal(&rules, &without(&rules, &[at])), "rule {at}");
            }
        }
    }

    #[test]
    fn overlaps_are_the_swaps_that_change_a_result(rules in rules()) {
        let found = overlaps(&rules, Domain::Digits);
        for at in 0..rules.len() {
            let given = found.iter().find(|found| found.first.rule == at);
            let shown = digit_strings(MAX_LENGTH).iter().find(|number| {
                let (first, second) = first_two(&rules, number);
                first == Some(at) && second.is_some_and(|second| rewrite(&rules[second], number) != rewrite(&rules[at], number))
            });
            prop_assert_eq!(given.map(|given| &given.first.witness), shown);
            if let Some(given) = given {
                let mut swapped = rules.clone();
                swapped.swap(at, given.second);
                prop_assert_eq!(&result(&swapped, &given.first.witness), &given.swapped_result);
                prop_assert_eq!(&result(&rules, &given.first.witness), &given.first.result);
            }
        }
    }

    #[test]
    fn round_trip_of_random_lists_equals_brute_force(first in rules(), second in rules()) {
        is_exact(&first, &second, &round_trip(&first, &second, Domain::Digits))?;
    }

    #[test]
    fn inverse_restores_everything_that_has_a_unique_result(rules in rules()) {
        let inverse = inverse(&rules, Domain::Digits);
        let undoing: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
        prop_assert!(undoing.iter().all(|rule| rule.check().is_ok()));
        is_exact(&rules, &undoing, &inverse.unrecoverable)?;
        for one in &inverse.unrecoverable {
            let is_beyond_cucm = !(1..=100).contains(&one.result.len());
            prop_assert!(one.collides_with.is_some() || is_beyond_cucm, "{one:?}");
        }
        let counts = results_of_all(&rules);
        let lost = |number: &&Vec<u8>| inverse.unrecoverable.iter().any(|one| holds(&one.region, number));
        let mut long = HashMap::new();
        for number in digit_strings(MAX_LENGTH).iter().skip(1).filter(lost) {
            let given = result(&rules, number);
            let is_short = given.is_empty() || counts[&given] > 1;
            let has_other = is_short || *long.entry(given.clone())
                .or_insert_with(|| is_result_of_a_longer_number(&rules, &given));
            prop_assert!(has_other, "{:?} alone gives {:?}: {:?}", number, given, undoing);
        }
    }

    #[test]
    fn rematches_of_random_lists_equal_brute_force(rules in rules()) {
        let found = rematches(&rules, Domain::Digits);
        for at in 0..rules.len() {
            let given = found.iter().find(|found| found.first.rule == at);
            let again = |number: &&Vec<u8>| {
                let given = result(&rules, number);
                let next = first_match(&rules, &given)?;
                let is_change = result(&rules, &given) != given;
                (first_match(&rules, number) == Some(at) && (next != at || is_change)).then_some(is_change)
            };
            let shown = digit_strings(MAX_LENGTH).iter().filter(|number| again(number).is_some());
            let first = shown.min_by_key(|number| again(number) == Some(false));
            if let Some(given) = given.filter(|given| given.first.witness.len() <= MAX_LENGTH) {
                prop_assert_eq!(Some(&given.first.witness), first);
                prop_assert_eq!(&given.first.result, &result(&rules, &given.first.witness));
                prop_assert_eq!(first_match(&rules, &given.first.result), Some(given.next));
                prop_assert_eq!(&given.second_result, &result(&rules, &given.first.result));
            } else {
                // a longer number may be needed for the second pass to change something
                prop_assert!(given.is_some() || first.is_none(), "rule {at}: {first:?}");
            }
        }
    }
}

#[test]
fn inverse_restores_numbers_with_a_leading_plus() {
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

/// Some results have a `+` inside, which no number of the domain of digits has.
#[test]
fn inverse_restores_numbers_from_results_with_an_inner_plus() {
    let rule = Rule::from_deployed;
    let begins_with_plus = [rule("2", 4, 1, "+"), rule("+", 3, 1, "++")];
    let three = [rule("0", 4, 1, "+"), rule("", 4, 0, "0"), rule("+", 3, 0, "+")];
    // `9+1` is the result of `+1` only, while the rule above has all other results that begin with
    // 9
    let free_in_front = [rule("05", 4, 2, "9"), rule("", 2, 0, "9")];
    for (rules, number) in
        [(&begins_with_plus[..], &b"+00"[..]), (&three[..], b"+00"), (&free_in_front[..], b"+1")]
    {
        let inverse = inverse(rules, Domain::Digits);
        let undoing: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
        assert_eq!(result(&undoing, &result(rules, number)), number, "{undoing:?}");
        assert!(inverse.unrecoverable.iter().all(|one| !holds(&one.region, number)));
    }
}

/// Numbers with more digits than a rule of CUCM can match are restored if their results are short
/// enough.
#[test]
fn inverse_restores_long_numbers_with_short_results() {
    let rules = [Rule::from_deployed("0123456789", 0, 10, "")];
    let inverse = inverse(&rules, Domain::Digits);
    let undoing: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
    let number = [&b"0123456789"[..], &[b'7'; 100]].concat();
    assert_eq!(result(&undoing, &result(&rules, &number)), number);
    let longer = [&number[..], b"7"].concat();
    assert!(inverse.unrecoverable.iter().any(|one| holds(&one.region, &longer)));
}
