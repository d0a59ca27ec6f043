//! `adrc dial` and `adrc lookup`: one result for each number, in the same order.

use super::sandbox::{CLEAN, Sandbox};

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
fn typed_numbers_are_cleaned_unless_raw() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
    let ran = sandbox.given(&["dial", "plan.adr", "+1 (408) 555-1212", "555.1212", "911", ""], b"");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "914085551212\n95551212\n911\n\n"));
    let ran = sandbox.given(&["dial", "plan.adr", "--raw", "555-1212", "555 121"], b"");
    assert_eq!(ran.stdout, "555-1212\n9555 121\n");
    assert_eq!(sandbox.run("lookup plan.adr 408-555-1212").stdout, "51212\n");
}

#[test]
fn trace_names_the_winning_rule_and_its_line() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
    let ran = sandbox.given(&["dial", "plan.adr", "--trace", "555 1212", "12"], b"");
    assert_eq!(ran.stdout, "95551212\n12\n");
    insta::assert_snapshot!("trace", ran.stderr);
    sandbox.run("compile plan.adr -o published");
    let ran = sandbox.run("dial published/AppDialRules.xml --trace 5551212");
    insta::assert_snapshot!("trace_of_a_deployed_file", ran.stderr);
}

/// A plan for numbers of ten digits, of eleven digits and in E.164.
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

/// Numbers as a person copies them from web pages and documents, and their results.
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
fn pasted_numbers_are_cleaned_and_undialable_characters_named() {
    let sandbox = Sandbox::with(&[("ten.adr", TEN)]);
    let pasted: String = PASTED.map(|(number, _)| format!("{number}\n")).concat();
    let results = PASTED.map(|(_, result)| format!("{result}\n")).concat();
    let ran = sandbox.given(&["dial", "ten.adr", "-"], pasted.as_bytes());
    let kept = results.replace("918003569377", "91800FLOWERS");
    assert_eq!((ran.status, ran.stdout), (0, kept));
    assert_eq!(
        ran.stderr,
        "line 7: `F` (U+0046) at character 7 and 6 more are left, which no phone dials; \
         `--letters` turns letters into digits\n\
         line 8: `x` (U+0078) at character 14 is left, which no phone dials; \
         `--letters` turns letters into digits\n"
    );
    // as arguments and with a trace, the results are the same
    let numbers = PASTED.map(|(number, _)| number);
    let dial_arguments = |options: &[&str]| {
        let arguments = [&["dial", "ten.adr"], options, &["--"], &numbers[..]].concat();
        sandbox.given(&arguments, b"")
    };
    let ran = dial_arguments(&["--letters"]);
    assert_eq!(ran.stdout, results.replace("x234", "9234"));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let ran = dial_arguments(&[]);
    assert!(
        ran.stderr.starts_with("`1-800-FLOWERS`: `F` (U+0046) at character 7 and 6 more are left"),
        "{ran:?}"
    );
    let traced = sandbox.given(&["dial", "ten.adr", "--trace", "-"], pasted.as_bytes());
    assert_eq!(traced.stdout, ran.stdout);
    assert!(traced.stderr.contains("line 8: `x`"), "{traced:?}");
    let raw = sandbox.given(&["dial", "ten.adr", "--raw", "-"], pasted.as_bytes());
    assert_eq!((raw.stdout, raw.stderr.as_str()), (pasted, ""));
}

#[test]
fn parts_cut_from_a_uri_are_reported() {
    let sandbox = Sandbox::with(&[("ten.adr", TEN)]);
    let uris = b"tel:408-555-1212;phone-context=+1\ntel:9%31%31;ext=2\xff\n";
    let ran = sandbox.given(&["dial", "ten.adr", "-"], uris);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "914085551212\n911\n"));
    assert_eq!(ran.stderr, "line 1: `;phone-context=+1` is cut\nline 2: `;ext=2\u{fffd}` is cut\n");
}

#[test]
fn byte_order_mark_and_utf16_are_decoded_unless_raw() {
    let sandbox = Sandbox::with(&[("ten.adr", TEN)]);
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
            let ran = sandbox.given(&[&["dial", "ten.adr"], trace, &["-"]].concat(), &bytes);
            assert_eq!(ran.stdout, "914085551212\n911\n91408555121x\n");
            assert!(ran.stderr.contains("line 3: `x` (U+0078) at character 10"), "{ran:?}");
        }
    }
    let ran = sandbox.given(&["dial", "ten.adr", "--raw", "-"], marked.as_bytes());
    assert!(ran.stdout.starts_with("\u{feff}408\u{a0}5551212\n911\n"), "{ran:?}");
}

#[test]
fn numbers_with_undialable_characters_are_counted_after_the_first_hundred() {
    let sandbox = Sandbox::with(&[("ten.adr", TEN)]);
    let numbers = "911\n911x\n".repeat(250);
    let ran = sandbox.given(&["dial", "ten.adr", "-"], numbers.as_bytes());
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
fn letters_together_with_raw_exits_with_status_2() {
    let sandbox = Sandbox::with(&[("ten.adr", TEN)]);
    let ran = sandbox.run("dial ten.adr --raw --letters 911");
    assert_eq!(ran.status, 2);
}

#[test]
fn standard_input_is_dialed_line_by_line() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
    let stream = |input: &[u8]| sandbox.given(&["dial", "plan.adr", "-"], input).stdout;
    assert_eq!(stream(b"5551212\n911\n\n41212\n"), "95551212\n911\n\n41212\n");
    assert_eq!(stream(b"555-1212\r\n911\r\n"), "95551212\n911\n");
    assert_eq!(stream(b"5551212"), "95551212\n");
    assert_eq!(stream(b""), "");
    assert_eq!(stream(b"\n\n"), "\n\n");
}

#[test]
fn long_stream_gives_the_results_of_single_numbers() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
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
        .map(|piece| sandbox.given(&["dial", "plan.adr", "--", piece], b"").stdout)
        .collect();
    let expected: String = (0..200_000).map(|at| single[at * 7 % pieces.len()].as_str()).collect();
    let ran = sandbox.given(&["dial", "plan.adr", "-"], (numbers.join("\n") + "\n").as_bytes());
    assert!(ran.stdout == expected && ran.status == 0);
}

#[test]
fn line_above_the_length_limit_exits_with_status_2() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let ran = sandbox.given(&["dial", "plan.adr", "-"], &vec![b'1'; 1 << 20]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("longer than 65536 bytes"), "{ran:?}");
}

#[test]
fn plan_with_an_error_dials_no_number() {
    let sandbox = Sandbox::with(&[("plan.adr", "application { rule \"x\" { digits seven } }")]);
    let ran = sandbox.run("dial plan.adr 5551212");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("plan.adr:1:"), "{ran:?}");
}
