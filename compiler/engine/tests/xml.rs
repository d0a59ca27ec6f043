//! What is written is read back alike, and no bytes make a reader fail.
#![allow(clippy::unwrap_used, reason = "a pattern that is wrong fails the test")]

use adr_diagnostic::Sources;
use adr_engine::{Rule, RuleList, xml};
use proptest::prelude::*;

fn rule() -> impl Strategy<Value = Rule> {
    let text = || proptest::string::string_regex("[0-9+*#]{0,100}").unwrap();
    (text(), 0..=100i32, 0..=100i32, text()).prop_map(|(begins_with, digits, remove, prefix)| {
        let remove = if digits == 0 {
            remove
        } else {
            remove.min(digits)
        };
        Rule::as_client_reads(&begins_with, digits, remove, &prefix)
    })
}

fn strict(file: &[u8]) -> xml::Strict {
    let mut sources = Sources::new();
    let text = String::from_utf8_lossy(file);
    let source = sources.add("file.xml", &*text);
    let strict = xml::read_strict(source, &text, file);
    strict
        .report
        .diagnostics()
        .iter()
        .filter_map(adr_diagnostic::Diagnostic::span)
        .for_each(|span| {
            assert!(sources.slice(span).len() <= text.len());
        });
    strict
}

/// A file near a real one: a written file with a few bytes changed, or pieces of markup in any order.
fn nearly_a_file() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "<DialRules>",
        "</DialRules>",
        "<DialRules/>",
        "<DialRule ",
        "/>",
        ">",
        "<",
        "BeginsWith=\"9\" ",
        "NumDigits='7' ",
        "DigitsToRemove=\"1\" ",
        "PrefixWith=\"\" ",
        "<!--",
        "-->",
        "--",
        "<![CDATA[",
        "]]>",
        "<?xml version=\"1.0\"?>",
        "<?p",
        "?>",
        "&amp;",
        "&#57;",
        "&#0;",
        "&x;",
        "<!DOCTYPE DialRules [",
        "]>",
        "<!ENTITY x \"9\">",
        "<!ATTLIST DialRule NumDigits CDATA \"7\">",
        " ",
        "\n",
        "\r\n",
        "\u{feff}",
        "\0",
        "é",
        "x:",
        "xmlns:x='u' ",
        "\"",
        "'",
    ]);
    let pieces =
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat().into_bytes());
    let changed = (
        prop::collection::vec(rule(), 0..4),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    )
        .prop_map(|(rules, changes)| {
            let mut file = xml::write(&RuleList::new(rules).unwrap());
            for (at, byte) in changes {
                let at = at.index(file.len());
                file[at] = byte;
            }
            file
        });
    prop_oneof![pieces, changed, prop::collection::vec(any::<u8>(), 0..60)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_written_is_read_alike(rules in prop::collection::vec(rule(), 0..20)) {
        let list = RuleList::new(rules).unwrap();
        let file = xml::write(&list);
        let read = xml::read_as_client(&file);
        prop_assert_eq!(read.error, None);
        prop_assert_eq!(&read.rules[..], list.rules());
        prop_assert_eq!(strict(&file).list, Some(list));
    }

    #[test]
    fn what_is_accepted_strictly_a_client_reads_alike(file in nearly_a_file()) {
        let client = xml::read_as_client(&file);
        if let Some(list) = strict(&file).list {
            prop_assert_eq!(client.error, None);
            prop_assert_eq!(&client.rules[..], list.rules());
        }
    }
}

#[test]
fn a_second_byte_order_mark_is_content() {
    let file = "\u{feff}\u{feff}<DialRules></DialRules>".as_bytes();
    assert_eq!(
        xml::read_as_client(file).error,
        Some(xml::ClientError::NotWellFormed)
    );
    assert_eq!(xml::read_as_client(&file[3..]).error, None);
}
