//! What is removed with a rule, and what remains.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

use adr_diagnostic::{Sources, Span, edited};
use adr_language::{parse, remove_rule, rule_at};

/// The text without the rule `X`.
fn without_x(text: &str) -> String {
    let mut sources = Sources::new();
    let source = sources.add("plan.adr", text);
    let (tree, report) = parse(source, text);
    assert!(!report.has_errors(), "{text}");
    let start = text.find("rule \"X\"").unwrap();
    let end = start + text[start..].find('}').unwrap() + 1;
    let offset = |at: usize| u32::try_from(at).unwrap();
    let rule = Span::new(source, offset(start), offset(end));
    assert!(rule_at(&tree, rule).is_some(), "{text}");
    let after = edited(text, &remove_rule(&tree, &sources, rule));
    let mut sources = Sources::new();
    let source = sources.add("plan.adr", after.as_str());
    assert!(!parse(source, &after).1.has_errors(), "{text}\n{after}");
    after
}

/// A list with some text in it.
fn list(inner: &str) -> String {
    format!("application {{\n{inner}}}\n")
}

const X: &str = "rule \"X\" { digits 7; keep }";
const Y: &str = "rule \"Y\" { digits 8; keep }";

#[test]
fn removed_rule_is_removed_with_adjacent_comments() {
    for before in [
        format!("  {X}\n"),
        format!("  {X} // behind\n"),
        format!("  // above\n  // more\n  {X} // behind\n"),
        "  // above\n  rule \"X\" { // in\n    digits 7 // at\n    keep\n    // last\n  } // behind\n".to_owned(),
        format!("  // allow(any-length): it is short\n  {X}\n"),
    ] {
        let text = list(&format!("  {Y}\n{before}  {Y}\n"));
        assert_eq!(without_x(&text), list(&format!("  {Y}\n  {Y}\n")), "{text}");
        let crlf = without_x(&text.replace('\n', "\r\n"));
        assert_eq!(crlf, list(&format!("  {Y}\n  {Y}\n")).replace('\n', "\r\n"), "{text}");
    }
}

#[test]
fn removed_rule_keeps_other_comments() {
    for (before, after) in [
        // an empty line between
        (
            format!("  // section\n\n  {X}\n  // below\n  {Y}\n"),
            format!("  // section\n\n  // below\n  {Y}\n"),
        ),
        // of the rule above
        (format!("  {Y} // of Y\n  {X}\n"), format!("  {Y} // of Y\n")),
        // at the end of the list
        (format!("  {X}\n  // end\n"), "  // end\n".to_owned()),
        // an allow for the rule below, behind the removed rule
        (
            format!("  {X} // allow(any-length): of Y\n  {Y}\n"),
            format!("  // allow(any-length): of Y\n  {Y}\n"),
        ),
        // an allow for the removed rule, behind the rule above
        (format!("  {Y} // allow(any-length): of X\n  {X}\n"), format!("  {Y}\n")),
        // a distant allow is removed, the empty lines remain
        (
            format!("  {Y}\n  // allow(any-length): of X\n\n  // above X\n  {X}\n  {Y}\n"),
            format!("  {Y}\n\n  {Y}\n"),
        ),
        // one of two empty lines remains
        (format!("  {Y}\n\n  {X}\n\n  {Y}\n"), format!("  {Y}\n\n  {Y}\n")),
        (format!("  {Y}\n\n  {X}\n"), format!("  {Y}\n")),
    ] {
        assert_eq!(without_x(&list(&before)), list(&after), "{before}");
    }
}

#[test]
fn rules_that_share_a_line_keep_its_comments() {
    for (before, after) in [
        (
            format!("  // of both\n  {X} {Y} // behind Y\n"),
            format!("  // of both\n  {Y} // behind Y\n"),
        ),
        (format!("  // of both\n  {Y} {X} // behind X\n"), format!("  // of both\n  {Y} \n")),
    ] {
        assert_eq!(without_x(&list(&before)), list(&after), "{before}");
    }
    assert_eq!(
        without_x(&format!("// of the list\napplication {{ {X} }} // too\n")),
        "// of the list\napplication { } // too\n"
    );
}
