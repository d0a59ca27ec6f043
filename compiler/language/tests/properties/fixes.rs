//! Automatic fixes change no number and lose no comment: random plans, mended until nothing is left to mend.

use adr_analysis::{Domain, equivalent};
use adr_diagnostic::{Applicability, Edit};
use adr_language::{Checked, ListKind};
use proptest::prelude::*;

use crate::check_text;

/// Rounds after which every plan of a few rules is mended.
const ROUNDS: usize = 20;

/// One rule, with few values so that rules meet often.
fn rule() -> impl Strategy<Value = String> {
    let begins_with = prop_oneof![
        3 => "[01]{1,2}".prop_map(|text| format!("begins-with {text}; ")),
        1 => Just("begins-with 0, 1, 11; ".to_owned()),
        1 => Just("begins-with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, +, *, \"#\"; ".to_owned()),
        2 => Just(String::new()),
    ];
    let digits = prop_oneof![3 => Just("4"), 2 => Just("3..4"), 1 => Just("any")];
    let consequence = prop_oneof![3 => Just("prefix 9"), 1 => Just("remove 1; prefix 9"), 1 => Just("prefix 8"), 1 => Just("keep")];
    (begins_with, digits, consequence).prop_map(|(begins_with, digits, consequence)| {
        format!("{{ {begins_with}digits {digits}; {consequence} }}")
    })
}

/// A plan of a group that two views use, with a comment for every rule.
fn plan() -> impl Strategy<Value = String> {
    let rules = || prop::collection::vec(rule(), 0..5);
    (rules(), rules(), rules()).prop_map(|(shared, default, site)| {
        let lines = |name: &str, rules: &[String]| -> String {
            let rules = rules.iter().enumerate();
            rules
                .map(|(at, rule)| format!("  // above {name}{at}\n  rule \"{name}{at}\" {rule} // behind {name}{at}\n"))
                .collect()
        };
        format!(
            "group \"G\" {{\n{}}}\napplication {{\n{}  use \"G\"\n}}\nsite \"S\" {{\n  clients 10.0.0.0/8\n  application {{\n{}  use \"G\"\n}}\n}}\n",
            lines("g", &shared),
            lines("d", &default),
            lines("s", &site)
        )
    })
}

/// Every automatic fix that meets no other one, made.
fn mended(checked: &Checked, text: &str) -> Option<String> {
    let mut chosen: Vec<&Edit> = Vec::new();
    let fixes = checked
        .report()
        .diagnostics()
        .iter()
        .filter_map(|found| found.fix.as_ref());
    for edit in fixes
        .filter(|fix| fix.applicability == Applicability::Automatic)
        .flat_map(|fix| &fix.edits)
    {
        let meets =
            |other: &Edit| edit.span.start <= other.span.end && other.span.start <= edit.span.end;
        if !chosen.iter().any(|other| meets(other)) {
            chosen.push(edit);
        }
    }
    chosen.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut mended = text.to_owned();
    for edit in &chosen {
        mended.replace_range(edit.span.range(), &edit.replacement);
    }
    (!chosen.is_empty()).then_some(mended)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn fixes_change_no_number_and_lose_no_comment(text in plan()) {
        let before = check_text(&text);
        let Some(book) = before.book().cloned() else { return Ok(()) };
        let (mut now, mut checked) = (text.clone(), before);
        let mut rounds = 0;
        while let Some(next) = mended(&checked, &now) {
            rounds += 1;
            prop_assert!(rounds < ROUNDS, "no end of mending:\n{}", now);
            checked = check_text(&next);
            let Some(mended) = checked.book() else {
                return Err(TestCaseError::fail(format!("mending broke\n{now}\ninto\n{next}")));
            };
            for (old, new) in book.views().zip(mended.views()) {
                let (old, new) = (old.list(ListKind::Application), new.list(ListKind::Application));
                let differs = equivalent(old.rules(), new.rules(), Domain::Dialable);
                prop_assert!(differs.is_none(), "{:?}\n{}\nbecame\n{}", differs, text, next);
            }
            prop_assert_eq!(next.matches("//").count(), text.matches("//").count());
            now = next;
        }
        for name in ["dead-rule", "exact-duplicate", "mergeable-rules"] {
            let left = checked.report().diagnostics().iter().filter(|found| found.name == name);
            prop_assert!(left.clone().all(|found| found.fix.is_none()), "{} is left to mend", name);
        }
    }
}
