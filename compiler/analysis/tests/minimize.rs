//! The smallest list, compared with brute force over every number and every rewrite.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a variable sets the number of cases; a failure here fails the test"
)]

use std::collections::HashMap;

use adr_analysis::{Domain, Minimal, minimize};
use adr_engine::{Rule, apply};
use proptest::prelude::*;

mod strings;

use strings::{cases, digit_strings};

/// How many bytes a rule removes, and its prefix.
type Rewrite = (usize, Vec<u8>);

/// The least number of rules for one length, found by trying every number and every rewrite.
struct Table<'r> {
    rules: &'r [Rule],
    length: usize,
    rewrites: HashMap<Rewrite, usize>,
}

impl<'r> Table<'r> {
    fn new(rules: &'r [Rule], length: usize) -> Self {
        let mut rewrites = HashMap::from([((0, Vec::new()), 0)]);
        for number in digit_strings(length).iter().filter(|number| number.len() == length) {
            for rewrite in candidates(rules, number) {
                let next = rewrites.len();
                rewrites.entry(rewrite).or_insert(next);
            }
        }
        Self { rules, length, rewrites }
    }

    /// Rules that are needed below a prefix, for each rewrite that it may inherit.
    fn needed(&self, prefix: &mut Vec<u8>) -> Vec<u32> {
        let mut needed = vec![0; self.rewrites.len()];
        if prefix.len() == self.length {
            needed.fill(1);
            for rewrite in candidates(self.rules, prefix) {
                needed[self.rewrites[&rewrite]] = 0;
            }
            return needed;
        }
        for symbol in Domain::Digits.symbols(prefix.len()) {
            prefix.push(*symbol);
            let below = self.needed(prefix);
            prefix.pop();
            needed.iter_mut().zip(below).for_each(|(sum, more)| *sum += more);
        }
        let least = needed.iter().min().unwrap() + 1;
        needed.iter().map(|count| *count.min(&least)).collect()
    }

    fn least(&self) -> u32 {
        self.needed(&mut Vec::new())[self.rewrites[&(0, Vec::new())]]
    }
}

/// Every rewrite that gives the same result for a number as the rules.
fn candidates(rules: &[Rule], number: &[u8]) -> Vec<Rewrite> {
    let result = apply(rules, number).result.into_owned();
    let rewrites = (0..=number.len()).filter_map(|remove| {
        let prefix = result.strip_suffix(&number[remove..])?;
        Some((remove, prefix.to_vec()))
    });
    rewrites.collect()
}

fn rule(digits: std::ops::RangeInclusive<i32>) -> impl Strategy<Value = Rule> {
    let prefix = prop_oneof![6 => "[+]?[019]{0,3}", 1 => "[0-9]{0,1}"];
    let remove = prop_oneof![8 => 0..=3_i32, 1 => -1..=-1_i32];
    (prefix, digits, remove, "[019]{0,2}").prop_map(|(prefix, digits, remove, with)| {
        Rule::from_deployed(&prefix, digits, remove, &with)
    })
}

/// A list; sometimes with up to ten sibling rules that do the same or nearly the same.
fn rules(digits: std::ops::RangeInclusive<i32>) -> impl Strategy<Value = Vec<Rule>> {
    let side_by_side =
        ("[+]?[01]{0,1}", digits.clone(), 0..=3_i32, "[019]{0,1}", 7..=10_u8, any::<bool>());
    let side_by_side = side_by_side.prop_map(|(prefix, digits, remove, with, count, is_kept)| {
        let rule = |digit| {
            let begins_with = format!("{prefix}{digit}");
            let with = if is_kept { format!("{with}{digit}") } else { with.clone() };
            Rule::from_deployed(&begins_with, digits, remove, &with)
        };
        (0..count).map(rule).collect::<Vec<_>>()
    });
    let one = rule(digits).prop_map(|rule| vec![rule]);
    let several = prop_oneof![5 => one, 2 => side_by_side];
    prop::collection::vec(several, 0..7).prop_map(|several| several.concat())
}

fn is_equal(old: &[Rule], minimal: &Minimal) -> Result<(), TestCaseError> {
    let new = &minimal.rules;
    prop_assert!(new.len() <= old.len(), "{:?}", new);
    for number in digit_strings(4) {
        prop_assert_eq!(
            apply(old, number).result,
            apply(new, number).result,
            "{:?}: {:?}",
            number,
            new
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(64)))]

    #[test]
    fn minimized_list_has_the_fewest_rules(rules in rules(1..=3)) {
        let minimal = minimize(&rules, Domain::Digits);
        is_equal(&rules, &minimal)?;
        prop_assert!(minimal.is_minimum);
        for length in 1..=3 {
            let count = minimal.rules.iter().filter(|rule| rule.length() == Some(length)).count();
            prop_assert_eq!(count as u32, Table::new(&rules, length).least(), "{:?}", minimal.rules);
        }
    }

    #[test]
    fn rules_for_any_length_minimize_to_an_equivalent_list(rules in rules(-1..=3)) {
        let minimal = minimize(&rules, Domain::Digits);
        is_equal(&rules, &minimal)?;
        prop_assert_eq!(minimize(&minimal.rules, Domain::Digits).rules.len(), minimal.rules.len());
    }

    #[test]
    fn larger_domain_needs_as_many_rules_or_more(rules in rules(1..=3)) {
        let counts = Domain::ALL.map(|domain| minimize(&rules, domain).rules.len());
        prop_assert!(counts.is_sorted(), "{counts:?}");
    }
}
