//! `adrc dial` and `adrc lookup`: numbers in, results out, one a line and in order.

use super::sandbox::{CLEAN, Sandbox as Room};

const PLAN: &str = "\
emergency 911, 9911

application {
  rule \"Extensions\" { begins-with 4; digits 5; keep }
  rule \"US, E.164\"  { begins-with +1; digits 12; remove 1; prefix 9 }
  rule \"Local\"      { begins-with 5; digits 7; prefix 9 }
}

lookup {
  rule \"Own numbers\" { begins-with 408555; digits 10; remove 5 }
}
";

#[test]
fn numbers_of_people_are_cleaned_unless_raw() {
    let room = Room::with(&[("plan.adr", PLAN)]);
    let ran = room.given(&["dial", "plan.adr", "+1 (408) 555-1212", "555.1212", "911", ""], b"");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "914085551212\n95551212\n911\n\n"));
    let ran = room.given(&["dial", "plan.adr", "--raw", "555-1212", "555 121"], b"");
    assert_eq!(ran.stdout, "555-1212\n9555 121\n");
    assert_eq!(room.run("lookup plan.adr 408-555-1212").stdout, "51212\n");
}

#[test]
fn a_trace_names_the_rule_its_line_and_what_was_passed_over() {
    let room = Room::with(&[("plan.adr", PLAN)]);
    let ran = room.given(&["dial", "plan.adr", "--trace", "555 1212", "12"], b"");
    assert_eq!(ran.stdout, "95551212\n12\n");
    insta::assert_snapshot!("trace", ran.stderr);
    room.run("compile plan.adr -o published");
    let ran = room.run("dial published/AppDialRules.xml --trace 5551212");
    insta::assert_snapshot!("trace_of_a_deployed_file", ran.stderr);
}

/// Ten digits, eleven and E.164.
const TEN: &str = "\
emergency 911

application {
  rule \"US, E.164\" { begins-with +1; digits 12; remove 1; prefix 9 }
  rule \"Eleven\"    { begins-with 1;  digits 11;           prefix 9 }
  rule \"Ten\"       {                 digits 10;           prefix 91 }
}

test {
  dial 4085551212 -> 914085551212
  dial 911        -> unchanged
}
";

/// Numbers as pages and documents have them, and what comes out.
const PASTED: [(&str, &str); 8] = [
    ("\u{202a}+14085551212\u{202c}", "914085551212"),
    ("408\u{a0}555\u{a0}1212", "914085551212"),
    ("408\u{2011}555\u{2011}1212", "914085551212"),
    ("408\u{ad}5551212", "914085551212"),
    ("+1\u{fe0f}408-555-1212", "914085551212"),
    ("tel:+1-408-555-1212", "914085551212"),
    ("1-800-FLOWERS", "918003569377"),
    ("408 555 1212 x 234", "4085551212x234"),
];

#[test]
fn pasted_numbers_are_understood_or_named() {
    let room = Room::with(&[("ten.adr", TEN)]);
    let pasted: String = PASTED.map(|(number, _)| format!("{number}\n")).concat();
    let results = PASTED.map(|(_, result)| format!("{result}\n")).concat();
    let ran = room.given(&["dial", "ten.adr", "-"], pasted.as_bytes());
    let kept = results.replace("918003569377", "91800FLOWERS");
    assert_eq!((ran.status, ran.stdout), (0, kept));
    assert_eq!(
        ran.stderr,
        "line 7: `F` (U+0046) at character 7 and 6 more are left, which no phone dials; \
         `--letters` turns letters into digits\n\
         line 8: `x` (U+0078) at character 14 is left, which no phone dials; \
         `--letters` turns letters into digits\n"
    );
    // one by one, and traced, the same comes out
    let numbers = PASTED.map(|(number, _)| number);
    let one_by_one = |options: &[&str]| {
        let arguments = [&["dial", "ten.adr"], options, &["--"], &numbers[..]].concat();
        room.given(&arguments, b"")
    };
    let ran = one_by_one(&["--letters"]);
    assert_eq!(ran.stdout, results.replace("x234", "9234"));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let ran = one_by_one(&[]);
    assert!(
        ran.stderr.starts_with("`1-800-FLOWERS`: `F` (U+0046) at character 7 and 6 more are left"),
        "{ran:?}"
    );
    let traced = room.given(&["dial", "ten.adr", "--trace", "-"], pasted.as_bytes());
    assert_eq!(traced.stdout, ran.stdout);
    assert!(traced.stderr.contains("line 8: `x`"), "{traced:?}");
    let raw = room.given(&["dial", "ten.adr", "--raw", "-"], pasted.as_bytes());
    assert_eq!((raw.stdout, raw.stderr.as_str()), (pasted, ""));
}

#[test]
fn parts_cut_from_a_uri_are_reported() {
    let room = Room::with(&[("ten.adr", TEN)]);
    let uris = b"tel:408-555-1212;phone-context=+1\ntel:9%31%31;ext=2\xff\n";
    let ran = room.given(&["dial", "ten.adr", "-"], uris);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "914085551212\n911\n"));
    assert_eq!(ran.stderr, "line 1: `;phone-context=+1` is cut\nline 2: `;ext=2\u{fffd}` is cut\n");
}

#[test]
fn a_byte_order_mark_and_utf16_are_understood_unless_raw() {
    let room = Room::with(&[("ten.adr", TEN)]);
    let text = "408\u{a0}5551212\r\n911\r\n\u{664}08555121x\r\n";
    let marked = format!("\u{feff}{text}");
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let encodings: [Vec<u8>; 6] = [
        text.into(),
        marked.clone().into(),
        little(text),
        little(&marked),
        big(text),
        big(&marked),
    ];
    for bytes in encodings {
        for trace in [&["--trace"][..], &[]] {
            let ran = room.given(&[&["dial", "ten.adr"], trace, &["-"]].concat(), &bytes);
            assert_eq!(ran.stdout, "914085551212\n911\n91408555121x\n");
            assert!(ran.stderr.contains("line 3: `x` (U+0078) at character 10"), "{ran:?}");
        }
    }
    let ran = room.given(&["dial", "ten.adr", "--raw", "-"], marked.as_bytes());
    assert!(ran.stdout.starts_with("\u{feff}408\u{a0}5551212\n911\n"), "{ran:?}");
}

#[test]
fn many_numbers_with_something_left_are_counted_after_the_first_hundred() {
    let room = Room::with(&[("ten.adr", TEN)]);
    let numbers = "911\n911x\n".repeat(250);
    let ran = room.given(&["dial", "ten.adr", "-"], numbers.as_bytes());
    assert_eq!((ran.status, ran.stdout.as_str()), (0, numbers.as_str()));
    assert_eq!(ran.stderr.lines().count(), 101);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines[99].starts_with("line 200: `x`"), "{}", lines[99]);
    assert_eq!(
        lines[100],
        "150 more numbers with removed or undialable parts; the first 100 are listed"
    );
}

#[test]
fn letters_and_raw_exclude_each_other() {
    let room = Room::with(&[("ten.adr", TEN)]);
    let ran = room.run("dial ten.adr --raw --letters 911");
    assert_eq!(ran.status, 2);
}

#[test]
fn a_stream_is_dialed_line_by_line() {
    let room = Room::with(&[("plan.adr", PLAN)]);
    let stream = |input: &[u8]| room.given(&["dial", "plan.adr", "-"], input).stdout;
    assert_eq!(stream(b"5551212\n911\n\n41212\n"), "95551212\n911\n\n41212\n");
    assert_eq!(stream(b"555-1212\r\n911\r\n"), "95551212\n911\n");
    assert_eq!(stream(b"5551212"), "95551212\n");
    assert_eq!(stream(b""), "");
    assert_eq!(stream(b"\n\n"), "\n\n");
}

#[test]
fn a_long_stream_gives_what_single_numbers_give() {
    let room = Room::with(&[("plan.adr", PLAN)]);
    let pieces = [
        "5551212",
        "+14085551212",
        "41212",
        "9",
        "(555) 1212",
        "",
        "12345678901234567890",
        "55512é2",
    ];
    let numbers: Vec<&str> = (0..200_000).map(|at| pieces[at * 7 % pieces.len()]).collect();
    let single: Vec<String> = pieces
        .iter()
        .map(|piece| room.given(&["dial", "plan.adr", "--", piece], b"").stdout)
        .collect();
    let expected: String = (0..200_000).map(|at| single[at * 7 % pieces.len()].as_str()).collect();
    let ran = room.given(&["dial", "plan.adr", "-"], (numbers.join("\n") + "\n").as_bytes());
    assert!(ran.stdout == expected && ran.status == 0);
}

#[test]
fn a_line_without_an_end_is_an_error_and_not_memory() {
    let room = Room::with(&[("plan.adr", CLEAN)]);
    let ran = room.given(&["dial", "plan.adr", "-"], &vec![b'1'; 1 << 20]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("longer than 65536 bytes"), "{ran:?}");
}

#[test]
fn an_error_in_the_rules_dials_nothing() {
    let room = Room::with(&[("plan.adr", "application { rule \"x\" { digits seven } }")]);
    let ran = room.run("dial plan.adr 5551212");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("plan.adr:1:"), "{ran:?}");
}
