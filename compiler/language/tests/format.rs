//! The formatter keeps the meaning and every comment, and is idempotent.

mod texts;

use adr_diagnostic::{Report, Sources};
use adr_language::{Formatted, format, parse, print};
use proptest::prelude::*;

fn formatted(text: &str) -> Result<Formatted, Report> {
    let mut sources = Sources::new();
    let source = sources.add("test.adr", text);
    format(&sources, source)
}

#[expect(clippy::expect_used, reason = "a text with errors fails the test")]
fn layout(text: &str) -> String {
    formatted(text).expect("a text without errors").text
}

/// The comments of a text without the blanks at their ends, sorted.
fn comments(text: &str) -> Vec<String> {
    let mut sources = Sources::new();
    let source = sources.add("test.adr", text);
    let (tree, _) = parse(source, text);
    let spans = tree.comments.iter();
    let mut comments: Vec<String> =
        spans.map(|span| sources.slice(*span).trim_end().to_owned()).collect();
    comments.sort();
    comments
}

/// The text without blanks, line ends and comments, and without `;` between fields.
fn tokens(text: &str) -> String {
    let mut sources = Sources::new();
    let source = sources.add("test.adr", text);
    let (tree, _) = parse(source, text);
    let mut bare = text.to_owned();
    for span in tree.comments.iter().rev() {
        bare.replace_range(span.range(), "");
    }
    let mut quoted = false;
    bare.chars()
        .filter(|character| {
            quoted ^= *character == '"';
            quoted || !(character.is_whitespace() || *character == ';')
        })
        .collect()
}

#[test]
fn layout_equals_the_golden_file() {
    assert_eq!(layout(include_str!("layout.in.adr")), include_str!("layout.out.adr"));
}

#[test]
fn formatted_example_keeps_its_meaning_and_is_stable() {
    let once = layout(include_str!("example.adr"));
    assert_eq!(layout(&once), once);
    assert_eq!(tokens(&once), tokens(include_str!("example.adr")));
}

#[test]
fn text_with_errors_is_not_formatted() {
    let report = formatted("let x = 9;\n").expect_err("an error");
    assert!(report.has_errors());
}

#[test]
fn blank_text_becomes_empty() {
    assert_eq!(layout(""), "");
    assert_eq!(layout("\n\n  \n"), "");
    assert_eq!(layout("\u{feff}// c"), "// c\n");
}

#[test]
fn formatted_text_is_unchanged() {
    let once = layout(include_str!("example.adr"));
    assert!(!formatted(&once).expect("no error").changed);
    assert!(formatted(include_str!("example.adr")).expect("no error").changed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn formatting_keeps_the_meaning_and_is_idempotent(
        choices in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let text = texts::grow(&choices);
        let once = formatted(&text);
        prop_assert!(once.is_ok(), "{:?}\n{}", once, text);
        let once = once.unwrap().text;
        prop_assert_eq!(comments(&text), comments(&once));
        prop_assert_eq!(tokens(&text), tokens(&once), "{}", &once);
        let twice = layout(&once);
        prop_assert_eq!(&twice, &once, "from:\n{}", text);
        let first_line = text.split_inclusive('\n').next().unwrap_or_default();
        let plain = match first_line.ends_with("\r\n") {
            true => once.replace("\r\n", "\n"),
            false => once,
        };
        prop_assert!(!plain.contains("\n\n\n") && !plain.contains('\r') && !plain.contains(" \n"));
    }

    #[test]
    fn damaged_text_is_printed_without_loss_or_repetition(
        choices in prop::collection::vec(any::<u8>(), 0..120),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let text = texts::grow(&choices);
        let mut bytes = text.into_bytes();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if cut {
                bytes.truncate(at);
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut sources = Sources::new();
        let source = sources.add("test.adr", &*text);
        let (tree, report) = parse(source, &text);
        prop_assert_eq!(tree.damaged, report.has_errors());
        prop_assert_eq!(formatted(&text).is_ok(), !tree.damaged);
        // the part that was parsed is printed, independent of the damage
        prop_assert!(print(&tree, &text).len() <= 200 * (text.len() + 1));
        let mut places: Vec<_> = report.diagnostics().iter().map(|found| (found.name, found.span())).collect();
        let all = places.len();
        places.dedup();
        prop_assert_eq!(all, places.len());
    }
}
