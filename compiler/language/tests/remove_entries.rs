//! What is removed with entries of a list, and what remains.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

use adr_diagnostic::{Sources, Span, edited};
use adr_language::{parse, remove_entries};
use proptest::prelude::*;

/// The text without the entries `*0`; `None` if adrc does not remove them.
fn without_stars(text: &str) -> Option<String> {
    let mut sources = Sources::new();
    let source = sources.add("plan.adr", text);
    let (tree, report) = parse(source, text);
    assert!(!report.has_errors(), "{text}");
    let offset = |at: usize| u32::try_from(at).unwrap();
    let span = |(at, star): (usize, &str)| Span::new(source, offset(at), offset(at + star.len()));
    let stars: Vec<Span> = text.match_indices("*0").map(span).collect();
    let edits = remove_entries(&tree, &sources, &stars)?;
    let after = edited(text, &edits);
    let mut sources = Sources::new();
    let source = sources.add("plan.adr", after.as_str());
    assert!(!parse(source, &after).1.has_errors(), "{text}\n{after}");
    Some(after)
}

/// A rule with a list and what follows on its line.
fn rule(list: &str) -> String {
    format!("application {{\n  rule \"A\" {{ begins-with {list} }}\n}}\n")
}

#[test]
fn removed_entry_is_removed_with_its_comma() {
    for (before, after) in [
        ("*0, 2, 3; digits 7; keep", "2, 3; digits 7; keep"),
        ("1, *0, 3; digits 7; keep", "1, 3; digits 7; keep"),
        ("1, 2, *0; digits 7; keep", "1, 2; digits 7; keep"),
        ("*0, *0, 3; digits 7; keep", "3; digits 7; keep"),
        ("1, *0 , *0; digits 7; keep", "1; digits 7; keep"),
        ("\"*0\",2 ,\"*0\" ; digits 7; keep", "2 ; digits 7; keep"),
        ("1, *0 // both\n digits 7; keep", "1 // both\n digits 7; keep"),
        ("*0,\n    2,\n    3\n digits 7; keep", "2,\n    3\n digits 7; keep"),
        ("1,\n    *0,\n    3\n digits 7; keep", "1,\n    3\n digits 7; keep"),
        ("1,\n    2,\n    *0\n digits 7; keep", "1,\n    2\n digits 7; keep"),
        ("1,\n    2,\n    *0; digits 7; keep", "1,\n    2; digits 7; keep"),
        ("1, 2, *0,\n    *0, 3\n digits 7; keep", "1, 2,\n    3\n digits 7; keep"),
        ("1,\n    *0, 2, *0,\n    *0\n digits 7; keep", "1,\n    2\n digits 7; keep"),
    ] {
        assert_eq!(without_stars(&rule(before)).as_deref(), Some(&*rule(after)), "{before}");
        let crlf = without_stars(&rule(before).replace('\n', "\r\n"));
        assert_eq!(crlf, Some(rule(after).replace('\n', "\r\n")), "{before}");
    }
}

#[test]
fn removed_entry_is_removed_with_its_own_comment_only() {
    for (before, after) in [
        (
            "*0, // gone\n    2, // two\n    3 // three\n digits 7; keep",
            "2, // two\n    3 // three\n digits 7; keep",
        ),
        (
            "1, // one\n    *0, // gone\n    3 // three\n digits 7; keep",
            "1, // one\n    3 // three\n digits 7; keep",
        ),
        (
            "1, // one\n    2, // two\n    *0 // gone\n digits 7; keep",
            "1, // one\n    2 // two\n digits 7; keep",
        ),
        ("1, // one\n    *0; digits 7; keep", "1 // one\n    digits 7; keep"),
        ("1, // one\n    *0, // gone\n    *0; digits 7; keep", "1 // one\n    digits 7; keep"),
        ("1,\n    *0, // gone\n    *0; digits 7; keep", "1; digits 7; keep"),
        (
            "1,\n    // several\n    *0,\n    // more\n    3\n digits 7; keep",
            "1,\n    // several\n    // more\n    3\n digits 7; keep",
        ),
        (
            "1, *0, // of the line\n    3\n digits 7; keep",
            "1, // of the line\n    3\n digits 7; keep",
        ),
        ("*0, 1 // one\n digits 7; keep", "1 // one\n digits 7; keep"),
    ] {
        assert_eq!(without_stars(&rule(before)).as_deref(), Some(&*rule(after)), "{before}");
    }
}

#[test]
fn entries_stay_if_a_comment_would_be_lost_or_no_entry_would_remain() {
    for list in [
        "*0, *0; digits 7; keep",
        "*0,\n    // about two\n    2\n digits 7; keep",
        "1,\n    *0, // allow(dead-entry): of the next line\n    3\n digits 7; keep",
    ] {
        assert_eq!(without_stars(&rule(list)), None, "{list}");
    }
}

/// A list over several lines: entries, the entries to remove, and comments on and between the
/// lines.
fn list() -> impl Strategy<Value = (Vec<(bool, &'static str)>, bool)> {
    let gap = prop_oneof![
        4 => Just(" "),
        2 => Just("\n    "),
        1 => Just(" // behind\n    "),
        1 => Just("\n    // apart\n    "),
        1 => Just(" // behind\n\n    // apart\n    "),
    ];
    (prop::collection::vec((any::<bool>(), gap), 1..8), any::<bool>())
}

proptest! {
    /// The other entries remain, with every comment on its own line.
    #[test]
    fn other_entries_keep_their_order((entries, on_line) in list()) {
        let value = |at: usize| match entries[at].0 {
            true => "*0".to_owned(),
            false => (10 + at).to_string(),
        };
        let last = entries.len() - 1;
        let written = (0..last).map(|at| value(at) + "," + entries[at].1);
        let end = if on_line { "; digits 7; keep" } else { " // end\n    digits 7; keep" };
        let text = rule(&(written.collect::<String>() + &value(last) + end));
        let Some(after) = without_stars(&text) else {
            let stay = entries.iter().filter(|entry| !entry.0).count();
            let is_in_the_way = entries[0].0 && text.contains("// apart");
            prop_assert!([0, entries.len()].contains(&stay) || is_in_the_way, "{}", text);
            return Ok(());
        };
        let expected = (0..=last).filter(|at| !entries[*at].0).map(value);
        let expected: Vec<String> = expected.collect();
        let field = &after[after.find("begins-with").unwrap() + 11..];
        let plain = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
        let field: String = field.lines().map(plain).collect();
        let field = field.split([';', 'd']).next().unwrap_or_default();
        let left: Vec<&str> = field.split(',').map(str::trim).collect();
        prop_assert_eq!(left, expected, "{}\nbecame\n{}", text, after);
        let apart = |text: &str| text.matches("// apart").count();
        prop_assert_eq!(apart(&text), apart(&after), "{}\nbecame\n{}", text, after);
        prop_assert!(!after.contains("*0"), "{}\nbecame\n{}", text, after);
    }
}
