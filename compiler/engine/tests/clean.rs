//! Cleaning numbers, compared with the Unicode data of Python, and properties of every number.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the suite runs Python as an oracle"
)]

use adr_kit::needs;
use std::borrow::Cow;
use std::process::Command;

use adr_engine::{Change, Cleaned, Cleaner, Undialable, are_clean_lines, clean, is_clean};
use proptest::prelude::*;

const PLAIN: Cleaner = Cleaner { letters: false };
const LETTERS: Cleaner = Cleaner { letters: true };

/// Prints a line for every character: its code point, its category, its value if it is a decimal
/// digit, and the character of which it is the full-width form. Characters that are newer than this
/// Python have the category Cn.
const UNICODE: &str = r#"
import unicodedata
for code in range(0x110000):
    if 0xD800 <= code < 0xE000:
        continue
    c = chr(code)
    wide = unicodedata.decomposition(c).split()
    wide = chr(int(wide[1], 16)) if wide[:1] == ["<wide>"] else ""
    wide = "" if not wide or not 0x20 < ord(wide) < 0x7f else str(ord(wide))
    print(code, unicodedata.category(c), unicodedata.decimal(c, ""), wide, sep="\t")
"#;

/// Dashes in Unicode's PropList.txt (`Dash`) outside the category dash punctuation, and default
/// ignorable characters outside the category format.
const MORE: &[(u32, u32)] = &[
    (0x34f, 0x34f),
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180d),
    (0x180f, 0x180f),
    (0x2053, 0x2053),
    (0x207b, 0x207b),
    (0x208b, 0x208b),
    (0x2212, 0x2212),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xffa0, 0xffa0),
    (0xe0100, 0xe01ef),
];

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn cleaned(number: &str) -> Cleaned<'_> {
    PLAIN.clean(number.as_bytes())
}

fn number(number: &str) -> String {
    text(&clean(number.as_bytes())).to_owned()
}

#[test]
fn unicode_character_is_read_as_in_python() {
    needs!("python3");
    let python = Command::new("python3").args(["-c", UNICODE]).output();
    let python = python.expect("python3; `tests/run` installs it");
    assert!(python.status.success());
    let mut seen = [0; 4];
    for line in text(&python.stdout).lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let code: u32 = columns[0].parse().unwrap();
        let character = char::from_u32(code).unwrap();
        let is_more = MORE.iter().any(|(first, last)| (*first..=*last).contains(&code));
        let expected = match (columns[1], columns[2], columns[3]) {
            ("Cn", ..) => continue,
            (_, "", wide) if !wide.is_empty() => {
                seen[0] += 1;
                let narrow = char::from(wide.parse::<u8>().unwrap()).to_string();
                match number(&narrow) {
                    keys if keys.is_empty() || is_clean(keys.as_bytes()) => keys,
                    _ => character.to_string(),
                }
            }
            (_, value, _) if !value.is_empty() => {
                seen[1] += 1;
                value.to_owned()
            }
            ("Pd" | "Zs" | "Zl" | "Zp" | "Cf", ..) => {
                seen[2] += 1;
                String::new()
            }
            _ if is_more || ('\t'..='\r').contains(&character) || character == '\u{85}' => {
                seen[2] += 1;
                String::new()
            }
            _ if "+*#".contains(character) => character.to_string(),
            _ if ".()/".contains(character) => String::new(),
            _ => {
                seen[3] += 1;
                character.to_string()
            }
        };
        assert_eq!(number(&character.to_string()), expected, "U+{code:04X} {}", columns[1]);
    }
    let [wide, digits, dropped, left] = seen;
    assert!(wide >= 84 && digits >= 640 && dropped >= 450 && left > 100_000, "{seen:?}");
}

#[test]
fn pasted_numbers_are_cleaned_without_remark() {
    for (pasted, expected) in [
        ("\u{202a}+14085551212\u{202c}", "+14085551212"),
        ("408\u{a0}555\u{a0}1212", "4085551212"),
        ("408\u{2011}555\u{2011}1212", "4085551212"),
        ("408\u{ad}5551212", "4085551212"),
        ("+1\u{fe0f}408-555-1212", "+14085551212"),
        ("tel:+1-408-555-1212", "+14085551212"),
        ("\u{feff}4085551212", "4085551212"),
        ("(408) 555.1212", "4085551212"),
        ("408\u{2212}555\u{2013}1212", "4085551212"),
        ("\u{ff0b}\u{ff11}\u{ff08}\u{ff14}\u{ff10}\u{ff18}\u{ff09}\u{ff0a}\u{ff03}", "+1408*#"),
        ("\u{661}\u{6f2}\u{967}\u{1d7e2}\u{1d7d9}", "12101"),
        ("408\u{200b}555\t1212\u{2028}", "4085551212"),
        ("", ""),
    ] {
        let cleaned = cleaned(pasted);
        assert_eq!(text(&cleaned.number), expected, "{pasted:?}");
        assert_eq!(cleaned.remark(), None, "{pasted:?}");
    }
}

#[test]
fn tel_uris_keep_only_the_number() {
    for (uri, expected, remark) in [
        ("TEL:+1-408-555-1212", "+14085551212", None),
        ("Tel: +1 (408) 555-1212", "+14085551212", None),
        ("\u{202a}tel:911\u{202c}", "911", None),
        ("tel://911", "911", None),
        ("tel:tel:911", "911", None),
        ("tel:%2B1%20408%C2%A05551212", "+14085551212", None),
        ("tel:*67%23", "*67#", None),
        ("tel:%d9%a1", "1", None),
        ("tel:+14085551212;ext=234", "+14085551212", Some("`;ext=234` is cut")),
        ("tel:5551212;phone-context=+1408", "5551212", Some("`;phone-context=+1408` is cut")),
        (
            "tel:7042;isub=1%3B2;phone-context=example.com",
            "7042",
            Some("`;isub=1%3B2;phone-context=example.com` are cut"),
        ),
        ("tel:911;", "911", Some("`;` is cut")),
        (
            "tel:9%zz1",
            "9%zz1",
            Some("`%` (U+0025) at character 6 and 2 more are left, which no phone dials"),
        ),
        ("tel:911%", "911%", Some("`%` (U+0025) at character 8 is left, which no phone dials")),
        (
            "tel:911%3B1",
            "911%3B1",
            Some("`;` (U+003B) at character 8 is left, which no phone dials"),
        ),
        (
            "tel:9%C3%A91%FF;ext=1",
            "9%C3%A91%FF",
            Some(
                "`;ext=1` is cut; `é` (U+00E9) at character 6 and 1 more are left, which no phone dials",
            ),
        ),
    ] {
        let cleaned = cleaned(uri);
        assert_eq!(text(&cleaned.number), expected, "{uri}");
        assert_eq!(cleaned.remark().as_deref(), remark, "{uri}");
        let cut: Vec<u8> =
            cleaned.cut_parameters.iter().flat_map(|cut| cut.text).copied().collect();
        assert!(uri.ends_with(text(&cut)));
    }
}

#[test]
fn undialable_parts_are_listed_with_their_positions() {
    let cleaned = cleaned("408\u{a0}555 1212 x 2é");
    assert_eq!(text(&cleaned.number), "4085551212x2é");
    let undialable: Vec<_> = cleaned
        .undialable
        .iter()
        .map(|part| (part.what, part.position.byte, part.position.character, part.length))
        .collect();
    let character = Undialable::Character;
    assert_eq!(undialable, [(character('x'), 14, 14, 1), (character('é'), 17, 17, 2)]);
    let bytes = PLAIN.clean(b"9\xff1\xc3");
    assert_eq!(&*bytes.number, b"9\xff1\xc3");
    assert_eq!(bytes.undialable[1].what, Undialable::Byte(0xc3));
    assert_eq!(
        bytes.remark().unwrap(),
        "the byte 0xFF at character 2 and 1 more are left, which no phone dials"
    );
    // only in a URI is a parameter cut, and only there is an escape understood
    assert_eq!(number("911;ext=7"), "911;ext=7");
    assert_eq!(number("9%31"), "9%31");
}

#[test]
fn letters_become_keys_only_with_letters_enabled() {
    let flowers = b"1-800-FLOWERS";
    assert_eq!(&*PLAIN.clean(flowers).number, b"1800FLOWERS");
    assert_eq!(PLAIN.clean(flowers).undialable.len(), 7);
    let cleaned = LETTERS.clean(flowers);
    assert_eq!((&*cleaned.number, cleaned.undialable.len()), (&b"18003569377"[..], 0));
    assert_eq!(&*LETTERS.clean("tel:1-800-flow%45\u{ff32}s".as_bytes()).number, b"18003569377");
    assert_eq!(
        &*LETTERS.clean(b"abcdefghijklmnopqrstuvwxyz").number,
        b"22233344455566677778889999"
    );
    assert_eq!(&*LETTERS.clean("é".as_bytes()).number, "é".as_bytes());
}

#[test]
fn changes_outside_ascii_are_listed() {
    assert_eq!(cleaned("+1 (408) 555-1212").changes, []);
    let changed = cleaned("408\u{a0}\u{664};tel").changed().unwrap();
    assert_eq!(
        changed,
        "U+00A0 (no-break space) at character 4 is dropped, `\u{664}` (U+0664) at character 5 is read as 4"
    );
    let many = cleaned("tel:\u{ad}9\u{ad}1\u{ad}1\u{ad};ext=1").changed().unwrap();
    assert!(
        many.ends_with("at character 9 is dropped, and 1 more changed, `;ext=1` is cut"),
        "{many}"
    );
}

#[test]
fn clean_numbers_allocate_nothing_and_others_once() {
    let allocations = |number: &[u8]| {
        let counted = allocation_counter::measure(|| drop(PLAIN.clean(number)));
        counted.count_total
    };
    assert_eq!(allocations(b"+14085551212"), 0);
    assert_eq!(allocations(b""), 0);
    assert_eq!(allocations(b"+1 (408) 555-1212"), 1);
    assert_eq!(allocations(b"tel:+1-408-555-1212"), 1);
}

/// Positions are counted once, so that a long line takes linear time.
#[test]
fn long_line_has_all_positions() {
    let line = "é".repeat(1 << 16);
    let cleaned = cleaned(&line);
    assert_eq!(cleaned.undialable.len(), 1 << 16);
    assert_eq!(cleaned.undialable.last().unwrap().position.character, 1 << 16);
}

/// Pieces of numbers, good and bad.
const PIECES: &[&str] = &[
    "4",
    "08",
    "+",
    "*",
    "#",
    "-",
    " ",
    "(",
    ")",
    ".",
    "/",
    "x",
    "T",
    "tel:",
    "TEL",
    ":",
    ";",
    ";ext=7",
    "%",
    "%2B",
    "%41",
    "%C2%A0",
    "%C3",
    "%zz",
    "\u{a0}",
    "\u{2011}",
    "\u{ad}",
    "\u{202a}",
    "\u{fe0f}",
    "\u{feff}",
    "\u{664}",
    "\u{ff0b}",
    "\u{ff21}",
    "\u{ff14}",
    "é",
    "\u{1f4de}",
    "\t",
    "\r",
    "\n",
    "\0",
];

/// Texts of characters that matter to a cleaner.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        20 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn is_uri(text: &str) -> bool {
    let first: Vec<u8> = clean(text.as_bytes()).to_vec();
    let scheme = format!("x{text}");
    // with a letter before the scheme, a number is not a URI, and all of it is kept
    clean(scheme.as_bytes()).len() != first.len() + 1
}

/// The digits and signs of ASCII in a text, in order.
fn dialed(text: &str) -> String {
    text.chars().filter(|c| "0123456789+*#".contains(*c)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn cleaning_a_cleaned_number_changes_nothing(text in texts(), letters in any::<bool>()) {
        let cleaner = Cleaner { letters };
        let once = cleaner.clean(text.as_bytes());
        let twice = cleaner.clean(&once.number);
        if once.undialable.is_empty() {
            prop_assert!(is_clean(&once.number));
            prop_assert!(matches!(twice.number, Cow::Borrowed(_)));
        }
        if once.undialable.is_empty() || !is_uri(&text) {
            prop_assert_eq!(&twice.number, &once.number);
            prop_assert_eq!(&twice.cut_parameters, &[]);
            prop_assert_eq!(&twice.changes, &[]);
        }
    }

    #[test]
    fn keys_keep_their_order(text in texts()) {
        prop_assume!(!is_uri(&text));
        let cleaned = cleaned(&text);
        let has_key = |change: &&Change| change.key.is_some();
        let turned = cleaned.changes.iter().filter(has_key).count();
        let number = String::from_utf8(cleaned.number.to_vec()).unwrap();
        // converted characters come in between, so that one is a subsequence of the other
        let (of_text, of_number) = (dialed(&text), dialed(&number));
        let mut rest = of_number.chars();
        prop_assert!(of_text.chars().all(|key| rest.any(|other| other == key)));
        prop_assert_eq!(of_number.len(), of_text.len() + turned);
    }

    #[test]
    fn every_character_is_a_key_or_dropped_or_undialable(text in texts(), letters in any::<bool>()) {
        let cleaned = Cleaner { letters }.clean(text.as_bytes());
        let number = String::from_utf8(cleaned.number.to_vec()).unwrap();
        prop_assert!(number.chars().count() <= text.chars().count());
        prop_assert!(number.len() <= text.len());
        prop_assert_eq!(cleaned.undialable.is_empty(), is_clean(number.as_bytes()));
        let mut last = None;
        for left in &cleaned.undialable {
            let position = left.position;
            prop_assert!(last < Some(position.byte));
            last = Some(position.byte);
            prop_assert_eq!(position.character, text[..position.byte].chars().count() + 1);
            let written = &text[position.byte..position.byte + left.length];
            let is_itself = matches!(left.what, Undialable::Character(c) if written == c.to_string());
            prop_assert!(is_itself || written.starts_with('%'), "{:?}", left);
        }
        for change in &cleaned.changes {
            prop_assert_eq!(change.position.character, text[..change.position.byte].chars().count() + 1);
        }
    }

    #[test]
    fn arbitrary_bytes_are_cleaned(bytes in prop::collection::vec(any::<u8>(), 0..60), uri in any::<bool>()) {
        let bytes = [if uri { &b"tel:"[..] } else { b"" }, &bytes].concat();
        let cleaned = PLAIN.clean(&bytes);
        prop_assert!(cleaned.number.len() <= bytes.len());
        prop_assert_eq!(cleaned.undialable.is_empty(), is_clean(&cleaned.number));
        prop_assert_eq!(cleaned.remark().is_some(), !cleaned.undialable.is_empty() || !cleaned.cut_parameters.is_empty());
    }

    #[test]
    fn clean_numbers_consist_of_keys(bytes in prop_oneof![
        "[0-9+*#]{0,200}[0-9+*#x -]?[0-9+*#]{0,90}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..40),
    ]) {
        let expected = bytes.iter().all(|byte| b"0123456789+*#".contains(byte));
        prop_assert_eq!(is_clean(&bytes), expected);
        let lines: Vec<u8> = [&bytes[..], b"\n911\n"].concat();
        let are_clean = lines.iter().all(|byte| b"0123456789+*#\n".contains(byte));
        prop_assert_eq!(are_clean_lines(&lines), are_clean);
        let cleaned = clean(&bytes);
        prop_assert_eq!(matches!(cleaned, Cow::Borrowed(_)), expected);
    }
}
