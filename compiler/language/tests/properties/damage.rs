//! Damaged texts: every finding has a position, nothing panics, and there is no dial plan.

use adr_language::Levels;
use proptest::prelude::*;

use super::{check, check_text, found};

/// A text with every construct.
const EXAMPLE: &str = include_str!("../example.adr");

/// The spans of every finding are in the text and end at character boundaries.
fn places_are_sound(text: &[u8]) -> Result<(), TestCaseError> {
    let checked = check(&[("main.adr", text)], &Levels::default());
    for found in checked.report().diagnostics() {
        for label in &found.labels {
            let source = checked.sources().get(label.span.source).text();
            prop_assert!(
                source.get(label.span.range()).is_some(),
                "{}: {:?}",
                found.name,
                label.span
            );
        }
        prop_assert!(
            !found.message.is_empty() && !found.message.ends_with('.'),
            "{}",
            found.message
        );
    }
    prop_assert!(checked.plan().is_none() || !checked.report().has_errors());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn damaged_bytes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..4),
    ) {
        let mut text = EXAMPLE.as_bytes().to_vec();
        for (at, byte, how) in changes {
            if text.is_empty() {
                text.push(byte);
                continue;
            }
            let at = at.index(text.len());
            match how {
                0 => drop(text.remove(at)),
                1 => text.insert(at, byte),
                2 => text[at] = byte,
                _ => text.truncate(at + 1),
            }
        }
        places_are_sound(&text)?;
    }

    #[test]
    fn words_in_any_order_never_panic(words in prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..40)) {
        places_are_sound(words.join(" ").as_bytes())?;
        places_are_sound(words.concat().as_bytes())?;
    }
}

const WORDS: [&str; 40] = [
    "let",
    "emergency",
    "include",
    "group",
    "application",
    "lookup",
    "site",
    "test",
    "rule",
    "use",
    "default",
    "clients",
    "begins-with",
    "digits",
    "remove",
    "prefix",
    "description",
    "keep",
    "dial",
    "at",
    "->",
    "unchanged",
    "any",
    "matched",
    "{",
    "}",
    "{",
    "}",
    ";",
    ",",
    "=",
    "..",
    "\"A\"",
    "\"",
    "${a}",
    "a",
    "9",
    "+1",
    "10.0.0.0/8",
    "// allow(any-length): x\n",
];

#[test]
fn text_cut_anywhere_never_panics() {
    for end in 0..EXAMPLE.len() {
        if EXAMPLE.is_char_boundary(end) {
            places_are_sound(&EXAMPLE.as_bytes()[..end]).unwrap();
        }
    }
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    for open in ["{", "group \"a\" {", "application { rule \"a\" {", "site \"a\" { application {"] {
        let checked = check_text(&open.repeat(100_000));
        assert!(checked.report().has_errors(), "{:?}", found(&checked));
    }
}
