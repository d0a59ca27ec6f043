//! Written files are read back unchanged, and the readers accept arbitrary bytes.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "an invalid pattern fails the test; two tests measure how long reading takes"
)]

use adr_diagnostic::Sources;
use adr_engine::{Rule, RuleList, xml};
use proptest::prelude::*;

fn rule() -> impl Strategy<Value = Rule> {
    let text = || proptest::string::string_regex("[0-9+*#]{0,100}").unwrap();
    (text(), 0..=100i32, 0..=100i32, text()).prop_map(|(begins_with, digits, remove, prefix)| {
        let remove = if digits == 0 { remove } else { remove.min(digits) };
        Rule::from_deployed(&begins_with, digits, remove, &prefix)
    })
}

fn strict(file: &[u8]) -> xml::StrictFile {
    let mut sources = Sources::new();
    let text = String::from_utf8_lossy(file);
    let source = sources.add("file.xml", &*text);
    let strict = xml::read_strict(source, &text, file);
    strict.report.diagnostics().iter().filter_map(adr_diagnostic::Diagnostic::span).for_each(
        |span| {
            assert!(sources.slice(span).len() <= text.len());
        },
    );
    strict
}

/// A file near a real one: a written file with a few bytes changed, or pieces of markup in any
/// order.
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
        "<DialRule xmlns:x='u' x:NumDigits='3' NumDigits='7' DigitsToRemove='1' PrefixWith=''/>",
        "<xml:DialRule NumDigits='7' DigitsToRemove='1' PrefixWith=''/>",
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

/// A change of one byte.
#[derive(Clone, Copy, Debug)]
enum Change {
    Other(u8),
    More(u8),
    Less,
}

fn change() -> impl Strategy<Value = Change> {
    let byte = || prop::sample::select(b"0123456789+*#\"'<>/ \n&;=aR\0\xff".to_vec());
    prop_oneof![byte().prop_map(Change::Other), byte().prop_map(Change::More), Just(Change::Less),]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn written_file_is_read_back_unchanged(rules in prop::collection::vec(rule(), 0..20)) {
        let list = RuleList::new(rules).unwrap();
        let file = xml::write(&list);
        let read = xml::read_as_client(&file);
        prop_assert_eq!(read.error, None);
        prop_assert_eq!(&read.rules[..], list.rules());
        prop_assert_eq!(strict(&file).list, Some(list));
    }

    #[test]
    fn written_file_with_a_change_is_compared_as_a_client_reads_it(
        rules in prop::collection::vec(rule(), 0..5),
        others in prop::collection::vec(rule(), 0..5),
        takes_others in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), change()), 0..3),
    ) {
        let list = RuleList::new(rules.clone()).unwrap();
        let mut file = xml::write(&list);
        for (at, change) in changes {
            let at = at.index(file.len());
            match change {
                Change::Other(byte) => file[at] = byte,
                Change::More(byte) => file.insert(at, byte),
                Change::Less => drop(file.remove(at)),
            }
        }
        let expected = if takes_others { others } else { rules };
        let read = xml::read_as_client(&file);
        let is_same = read.error.is_none() && read.rules == expected;
        prop_assert_eq!(xml::reads_as(&file, &expected), is_same);
        // and as the rules that it holds after the change
        let holds_its_own = xml::reads_as(&file, &read.rules);
        prop_assert_eq!(holds_its_own, read.error.is_none());
    }

    #[test]
    fn strictly_accepted_file_is_read_alike_by_clients(file in nearly_a_file()) {
        let client = xml::read_as_client(&file);
        if let Some(list) = strict(&file).list {
            prop_assert_eq!(client.error, None);
            prop_assert_eq!(&client.rules[..], list.rules());
        }
    }
}

/// Comparing each attribute with all others would take minutes.
#[test]
fn rule_with_many_attributes_is_read_in_linear_time() {
    let many = 200_000;
    let names = (0..many).map(|at| format!("a{at}='' xmlns:p{at}='u' p{at}:b='' "));
    let attributes: String = names.collect();
    let rule = "NumDigits='7' DigitsToRemove='1' PrefixWith='5' BeginsWith=''";
    let file = format!("<DialRules {attributes}><DialRule {attributes} {rule}/></DialRules>");
    let began = std::time::Instant::now();
    assert_eq!(xml::read_as_client(file.as_bytes()).rules.len(), 1);
    let strict = strict(file.as_bytes());
    assert_eq!(strict.list.map(|list| list.len()), Some(1));
    assert_eq!(strict.report.diagnostics().len(), 11, "the others are counted");
    let took = began.elapsed();
    assert!(took.as_secs() < 60, "{took:?}");
}

/// Entities that multiply, and attributes that each refer to a long one.
#[test]
fn multiplying_entities_are_rejected_in_time() {
    let laughs: String =
        (0..60).map(|at| format!("<!ENTITY e{at} '&e{0};&e{0};'>", at + 1)).collect();
    let long = "x".repeat(40_000);
    let rules = "<DialRule NumDigits='7' DigitsToRemove='1' PrefixWith='&long;'/>".repeat(20_000);
    let began = std::time::Instant::now();
    for file in [
        format!("<!DOCTYPE x[{laughs}]><DialRules a='&e0;'/>"),
        format!("<!DOCTYPE x[{laughs}]><DialRules>&e0;</DialRules>"),
        format!("<!DOCTYPE x[{laughs}<!ATTLIST a b CDATA '&e0;'>]><DialRules/>"),
        format!("<!DOCTYPE x[{laughs}<!ENTITY % p '&#38;e0;'>%p;]><DialRules/>"),
        format!("<!DOCTYPE x[<!ENTITY long '{long}'>]><DialRules>{rules}</DialRules>"),
    ] {
        let read = xml::read_as_client(file.as_bytes());
        assert_eq!(read.error, Some(xml::ClientError::NotWellFormed));
    }
    let took = began.elapsed();
    assert!(took.as_secs() < 60, "{took:?}");
}

#[test]
fn second_byte_order_mark_is_rejected() {
    let file = "\u{feff}\u{feff}<DialRules></DialRules>".as_bytes();
    assert_eq!(xml::read_as_client(file).error, Some(xml::ClientError::NotWellFormed));
    assert_eq!(xml::read_as_client(&file[3..]).error, None);
}
