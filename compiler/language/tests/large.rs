//! Large dial plans: the findings are right, recursion is bounded, and the time is not quadratic.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

use adr_language::{Checked, EntryFile, Levels, List, ListKind, ReadError, World, load, run_tests};

/// One text.
struct Text(String);

impl World for Text {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}

/// Checks application rules with all notes enabled.
fn check(rules: &str) -> Checked {
    let text = Text(format!("emergency 911\napplication {{\n{rules}}}\nlookup {{\n{rules}}}\n"));
    let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
    let checked = load(&text, &[entry]).check(&Levels::default().with_notes());
    assert!(!checked.report().has_errors(), "{:?}", checked.report().diagnostics().first());
    checked
}

fn count(checked: &Checked, name: &str) -> usize {
    let found = checked.report().diagnostics().iter();
    found.filter(|found| found.name == name).count()
}

#[test]
fn chain_of_prefixes_is_checked_in_linear_time() {
    let text = "1".repeat(100);
    let mut rules = String::new();
    for length in (1..100).rev() {
        let _ = writeln!(
            rules,
            "  rule \"{length}\" {{ begins-with {}; digits 100; prefix 9{} }}",
            &text[..length],
            length % 3
        );
    }
    let checked = check(&rules);
    // both lists; all but the longest lose some numbers
    assert_eq!(count(&checked, "partly-dead-rule"), 2 * 98);
    assert_eq!(count(&checked, "overlap-order-matters"), 2 * 98);
    assert_eq!(count(&checked, "dead-rule") + count(&checked, "redundant-rule"), 0);
    assert_eq!(count(&checked, "lookup-does-not-invert"), 1);
}

#[test]
fn many_equal_rules_are_reported_as_duplicates() {
    let mut rules = String::new();
    for at in 0..20_000 {
        let _ = writeln!(rules, "  rule \"{at}\" {{ begins-with 555; digits 7; prefix 9 }}");
    }
    let checked = check(&rules);
    assert_eq!(count(&checked, "exact-duplicate"), 2 * 19_999);
    assert_eq!(count(&checked, "partly-dead-rule") + count(&checked, "redundant-rule"), 0);
}

#[test]
fn rules_of_any_length_with_many_blocks_are_checked_in_linear_time() {
    let mut rules =
        String::from("  rule \"Any\" { begins-with +; digits any; remove 1; prefix 00 }\n");
    for at in 0..10_000 {
        let _ = writeln!(rules, "  rule \"{at}\" {{ begins-with {at:04}; digits 7; prefix 9 }}");
    }
    rules += "  rule \"Any of 0\" { begins-with 0; digits any; prefix 8 }\n";
    let checked = check(&rules);
    assert_eq!(count(&checked, "any-length"), 2 * 2);
    // the last one keeps numbers of other lengths
    assert_eq!(count(&checked, "partly-dead-rule"), 2);
    assert_eq!(count(&checked, "dead-rule"), 0);
}

#[test]
fn general_rule_makes_equal_block_above_redundant() {
    let mut rules = String::new();
    for at in 0..10_000 {
        let _ = writeln!(rules, "  rule \"{at}\" {{ begins-with {at:04}; digits 7; prefix 9 }}");
    }
    rules += "  rule \"All\" { digits 7; prefix 9 }\n";
    assert_eq!(count(&check(&rules), "redundant-rule"), 2 * 10_000);
}

/// Views with equal lists share one, which is checked once.
#[test]
fn many_sites_with_one_group_share_a_list() {
    let mut text = "emergency 911\ngroup \"All\" {\n".to_owned();
    for at in 0..1_000 {
        let _ = writeln!(text, "  rule \"{at}\" {{ begins-with {at:03}; digits 7; prefix 9 }}");
    }
    text += "  rule \"Dead\" { begins-with 5551; digits 7; prefix 8 }\n}\n";
    for at in 0..1_000 {
        let _ = writeln!(
            text,
            "site \"{at}\" {{\n  clients 10.0.{}.{}/32\n  application {{ use \"All\" }}\n}}",
            at >> 8,
            at & 255
        );
    }
    let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
    let checked = load(&Text(text), &[entry]).check(&Levels::default().with_notes());
    assert_eq!(count(&checked, "dead-rule"), 1);
    let plan = checked.plan().unwrap();
    let lists: HashSet<*const List> =
        plan.sites().iter().map(|view| Arc::as_ptr(view.list(ListKind::Application))).collect();
    assert_eq!(lists.len(), 1);
}

/// A list with many test lines is tested with a dialer, and a list with few rule by rule.
#[test]
fn many_test_lines_give_the_same_outcomes_as_few() {
    let mut text = "application {\n".to_owned();
    for at in 0..1_000 {
        let _ = writeln!(text, "  rule \"{at}\" {{ begins-with {at:03}; digits 7; prefix {at} }}");
    }
    text += "}\nlookup {\n  rule \"Back\" { begins-with 9; digits 8; remove 1 }\n}\ntest {\n";
    for at in 0..1_000 {
        let _ = writeln!(text, "  dial {at:03}1212 -> {at}{at:03}1212");
    }
    text += "  lookup 95551212 -> 5551212\n  dial 911 -> unchanged\n  dial 0001212 -> 1\n}\n";
    let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
    let checked = load(&Text(text), &[entry]).check(&Levels::default().without_tests());
    let outcomes = run_tests(checked.plan().unwrap());
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passed()).collect();
    assert_eq!((outcomes.len(), failed.len()), (1_003, 1));
    assert_eq!(failed[0].rule, Some(("0".to_owned(), 1)));
    let deciding = |outcome: &adr_language::TestOutcome| outcome.rule.as_ref().map(|rule| rule.1);
    assert_eq!(deciding(&outcomes[999]), Some(1_000));
    assert_eq!(deciding(&outcomes[1_001]), None);
}

#[test]
fn very_long_word_gives_short_findings() {
    let word = "a".repeat(1_000_000);
    let digits = "1".repeat(1_000_000);
    let texts = [
        format!("let {word} = 1\n"),
        format!("{word} {{\n"),
        format!("group \"{word}\" {{ }}\ngroup \"{word}\" {{ }}\n"),
        format!("site \"{word}\" {{ clients {word} }}\n"),
        format!("include \"{word}\"\n"),
        format!("emergency {digits}\n"),
        format!("longest-number {digits}\n"),
        format!("application {{\n  use \"{word}\"\n}}\n"),
        format!("application {{\n  rule \"{word}\" {{ digits 7; prefix 9 }}\n}}\n"),
        format!("application {{\n  rule \"A\" {{ {word} 7; prefix 9 }}\n}}\n"),
        format!(
            "application {{\n  rule \"A\" {{ begins-with {digits}; digits 7; prefix ${{{word}}} }}\n}}\n"
        ),
        format!(
            "application {{\n  rule \"A\" {{ digits {digits}..{digits}; description \"{word}\" }}\n}}\n"
        ),
        format!("application {{ }}\ntest {{ dial {digits} at \"{word}\" -> {word} }}\n"),
        format!("// allow({word}): {word}\nemergency 911\n"),
    ];
    for text in texts {
        let start: String = text.chars().take(40).collect();
        let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
        let world = Text(text);
        let checked = load(&world, &[entry]).check(&Levels::default().with_notes());
        let found = checked.report().diagnostics();
        assert!(!found.is_empty(), "{start}");
        for found in found {
            let words = [&found.message].into_iter().chain(&found.help);
            let words = words.chain(found.labels.iter().map(|label| &label.text));
            let longest = words.map(String::len).max();
            assert!(longest <= Some(10_100), "{start}: {}", found.name);
        }
    }
}
