//! The parser: accepted texts, findings, and no panic on any text.

use adr_diagnostic::{Report, Sources};
use adr_language::parse;
use adr_language::tree::{FieldKind, Item, ListItem, Tree, ValueKind};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("example.adr");

fn parsed(text: &str) -> (Sources, Tree, Report) {
    let mut sources = Sources::new();
    let source = sources.add("test.adr", text);
    let (tree, report) = parse(source, text);
    (sources, tree, report)
}

/// Each finding as `name: text it points at`.
fn findings(text: &str) -> Vec<String> {
    let (sources, _, report) = parsed(text);
    report
        .diagnostics()
        .iter()
        .map(|finding| {
            let text = finding.span().map(|span| sources.slice(span));
            format!("{}: {}", finding.name, text.unwrap_or_default())
        })
        .collect()
}

/// The text after all fixes of its findings, the last one first.
fn fixed(text: &str) -> String {
    let (_, _, report) = parsed(text);
    let mut edits: Vec<_> = report
        .diagnostics()
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .flat_map(|fix| fix.edits.clone())
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.range(), &edit.replacement);
    }
    text
}

#[test]
fn example_with_every_construct_is_parsed() {
    let (sources, tree, report) = parsed(EXAMPLE);
    assert!(report.is_empty(), "{report:#?}");
    assert_eq!(tree.items.len(), 7);
    assert!(!tree.comments.is_empty());
    let Item::Group(group) = &tree.items[2] else {
        panic!("not a group: {:?}", tree.items[2]);
    };
    assert_eq!(sources.slice(group.name), "NANP out");
    let ListItem::Rule(rule) = &group.items[1] else {
        panic!("not a rule");
    };
    assert_eq!(sources.slice(rule.name), "International");
    let fields: Vec<_> = tree
        .fields(rule)
        .map(|field| {
            let values: Vec<_> = tree
                .values(&field.values)
                .map(|value| (sources.slice(value.span), value.kind))
                .collect();
            (field.kind, sources.slice(field.span), values)
        })
        .collect();
    assert_eq!(
        fields,
        [
            (FieldKind::BeginsWith, "begins-with +", vec![("+", ValueKind::Bare)]),
            (FieldKind::Digits, "digits 11..15", vec![("11..15", ValueKind::Range { dots: 2 })]),
            (FieldKind::Remove, "remove 1", vec![("1", ValueKind::Bare)]),
            (
                FieldKind::Prefix,
                "prefix ${outside}011",
                vec![("${outside}011", ValueKind::Template { quoted: false })]
            ),
        ]
    );
}

#[test]
fn one_mistake_causes_one_finding() {
    let wrong = include_str!("mistakes.txt");
    let mut failures = Vec::new();
    for case in wrong.split("\n====\n") {
        let (expected, text) = case.split_once("\n----\n").expect("a case has two parts");
        let expected: Vec<&str> = expected.lines().filter(|line| !line.is_empty()).collect();
        let found = findings(text);
        if found != expected {
            failures.push(format!("{text}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_finding_says_what_to_write() {
    for case in include_str!("mistakes.txt").split("\n====\n") {
        let (_, text) = case.split_once("\n----\n").expect("a case has two parts");
        let (_, _, report) = parsed(text);
        for finding in report.diagnostics() {
            assert!(!finding.help.is_empty(), "{finding:?}");
            assert!(finding.span().is_some(), "{finding:?}");
        }
    }
}

#[test]
fn fix_removes_its_finding() {
    for wrong in [
        "let x = 9;\nlet y = 8\n",
        "application { rule \"a\" { BeginsWith 4; digits 5; keep } }\n",
        "application { rule 'a' { digits 5; prefix 9 } }\n",
        "application { rule \"a\" { digits 5 prefix 9 } }\n",
        "app { rule \"a\" { digits 5; prefix 9 } }\n",
        "test { dial 911 => 911 }\n",
        "# text\nlet x = 9\n",
        "include x.adr\n",
        "let x = 9\r// y\r\n",
        "lookup { use NANP out\n}\n",
    ] {
        let corrected = fixed(wrong);
        assert!(
            findings(&corrected).is_empty(),
            "{wrong} became {corrected}: {:?}",
            findings(&corrected)
        );
    }
}

#[test]
fn byte_order_mark_and_both_line_ends_are_accepted() {
    let text = format!("\u{feff}{}", EXAMPLE.replace('\n', "\r\n"));
    let (_, tree, report) = parsed(&text);
    assert!(report.is_empty(), "{report:#?}");
    assert_eq!(tree.items.len(), 7);
}

#[test]
fn comment_marks_inside_quotes_are_text() {
    let (_, tree, report) = parsed("application { rule \"a // b\" { digits 7; prefix 9 } } // c");
    assert!(report.is_empty(), "{report:#?}");
    assert_eq!(tree.comments.len(), 1);
}

#[test]
fn hostile_text_gives_few_findings() {
    let many = 1_000_000;
    for text in [
        "{".repeat(many),
        "}".repeat(many),
        "{\n".repeat(many),
        "}\nx\n".repeat(many / 10),
        "\"".repeat(many),
        "${".repeat(many),
        "rule ".repeat(many / 10),
        "application {\n".repeat(many / 10),
        "site \"x\" { application { rule \"y\" {".repeat(many / 100),
        "application { rule \"a\" { begins-with ".to_owned() + &"1,".repeat(many),
        "let x = ".to_owned() + &"1".repeat(many),
        "test { dial ".to_owned() + &"- ".repeat(many),
        "\u{202e}".repeat(many / 10),
        "\0".repeat(many),
        "/".repeat(many),
        "$".repeat(many),
    ] {
        let (_, tree, report) = parsed(&text);
        assert!(tree.damaged || text.starts_with("//"), "{}", &text[..20]);
        assert!(report.diagnostics().len() <= 101);
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_without_panic(text in any::<String>()) {
        let (sources, tree, report) = parsed(&text);
        prop_assert_eq!(tree.damaged, report.has_errors());
        for finding in report.diagnostics() {
            for label in &finding.labels {
                prop_assert!(sources.get(tree.source).text().get(label.span.range()).is_some());
            }
        }
    }

    #[test]
    fn cut_or_flipped_example_never_panics(
        cut in 0..EXAMPLE.len(),
        flips in prop::collection::vec((0..EXAMPLE.len(), any::<u8>()), 0..4),
    ) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        for (at, byte) in flips {
            bytes[at] = byte;
        }
        bytes.truncate(cut);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (sources, tree, report) = parsed(&text);
        prop_assert_eq!(tree.damaged, report.has_errors());
        for finding in report.diagnostics() {
            for label in &finding.labels {
                prop_assert!(sources.get(tree.source).text().get(label.span.range()).is_some());
            }
        }
    }

    #[test]
    fn inserted_stray_character_is_reported(at in 0..EXAMPLE.lines().count()) {
        let mut lines: Vec<&str> = EXAMPLE.lines().collect();
        lines.insert(at, "?!");
        prop_assert_eq!(findings(&lines.join("\n")).len(), 1);
    }
}
