//! A deployed list that is imported and compiled is the same list again.

use adr_engine::{Rule, RuleList, apply};
use adr_language::{ListKind, import};
use proptest::prelude::*;

use super::{check_text, found};

fn legal() -> impl Strategy<Value = Rule> {
    ("[0-9+*#]{0,4}", 0..=20_i32, 0..=20_i32, "[0-9+*#]{0,4}").prop_map(
        |(begins_with, digits, remove, prefix)| {
            let remove = if digits > 0 { remove.min(digits) } else { remove };
            Rule::from_deployed(&begins_with, digits, remove, &prefix)
        },
    )
}

fn lenient() -> impl Strategy<Value = Rule> {
    let number = prop_oneof![-3..30_i32, Just(i32::MAX), Just(i32::MIN)];
    ("[0-9+*#]{0,4}", number.clone(), number, "[0-9+*#]{0,4}").prop_map(
        |(begins_with, digits, remove, prefix)| {
            Rule::from_deployed(&begins_with, digits, remove, &prefix)
        },
    )
}

fn compiled(kind: ListKind, text: &str) -> Result<RuleList, TestCaseError> {
    let checked = check_text(text);
    prop_assert!(checked.plan().is_some(), "{:?}\n{text}", found(&checked));
    let plan = checked.into_plan().unwrap();
    Ok(plan.default_view().list(kind).rules().clone())
}

/// A rule that no number can match is omitted from the source, with a comment.
fn can_match(rule: &Rule) -> bool {
    rule.length().is_none_or(|length| rule.begins_with().len() <= length)
}

/// Rules that change nothing become `keep`, which is written differently.
fn is_plain(rule: &Rule) -> bool {
    rule.remove() != 0 || !rule.prefix().is_empty()
}

proptest! {
    #[test]
    fn imported_legal_rules_compile_to_the_same_rules(rules in prop::collection::vec(legal(), 0..12)) {
        let rules: Vec<Rule> = rules.into_iter().filter(|rule| can_match(rule) && is_plain(rule)).collect();
        for kind in ListKind::ALL {
            let text = import(kind, &rules).unwrap();
            let compiled = compiled(kind, &text)?;
            prop_assert_eq!(compiled.rules(), &rules[..], "{}", text);
        }
    }

    #[test]
    fn imported_adjacent_rules_are_combined_and_compile_to_the_same_rules(
        first in 0..990_u32,
        count in 2..200_u32,
        steps in prop::collection::vec(1..3_u32, 200),
        (digits, remove, prefix) in (4..6_i32, 0..3_i32, "[0-9]{1,2}"),
    ) {
        let texts = steps.iter().take(count as usize).scan(first, |at, step| {
            let text = format!("{at:03}");
            *at += step;
            Some(text)
        });
        let texts: Vec<String> = texts.filter(|text| text.len() == 3).collect();
        let rule = |text: &String| Rule::from_deployed(text, digits, remove, &prefix);
        let rules: Vec<Rule> = texts.iter().map(rule).collect();
        let text = import(ListKind::Application, &rules).unwrap();
        let compiled = compiled(ListKind::Application, &text)?;
        prop_assert_eq!(compiled.rules(), &rules[..], "{}", text);
        prop_assert!(text.matches("rule ").count() <= rules.len());
    }

    #[test]
    fn short_entries_expand_to_the_same_texts_in_order(
        texts in prop::collection::vec("[+#]?[0-3]{1,3}", 1..20),
        sorted in any::<bool>(),
    ) {
        let mut texts = texts;
        if sorted {
            texts.sort();
            texts.dedup();
        }
        let given: Vec<&str> = texts.iter().map(String::as_str).collect();
        let entries = adr_language::short_entries(&given);
        prop_assert_eq!(entries.iter().map(|entry| entry.texts).sum::<usize>(), given.len());
        let written: Vec<&str> = entries.iter().map(|entry| entry.written.as_str()).collect();
        let text = format!("application {{ rule \"R\" {{ begins-with {}; digits 9; prefix 1 }} }}\n", written.join(", "));
        let compiled = compiled(ListKind::Application, &text)?;
        let back: Vec<&str> = compiled.rules().iter().map(Rule::begins_with).collect();
        prop_assert_eq!(back, given, "{}", text);
    }

    #[test]
    fn imported_client_only_rules_keep_every_result(
        rules in prop::collection::vec(lenient(), 0..6),
        numbers in prop::collection::vec("[0-9+*#]{0,25}", 20),
    ) {
        let Ok(text) = import(ListKind::Application, &rules) else {
            return Ok(());
        };
        let compiled = compiled(ListKind::Application, &text)?;
        for number in numbers {
            let number = number.as_bytes();
            prop_assert_eq!(apply(&compiled, number).result, apply(&rules, number).result, "{}", text);
        }
    }
}
