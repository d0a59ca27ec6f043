//! Test lines with pasted numbers: how adrc cleans them, and how it reports them when they fail.

use super::sandbox::Sandbox;

const RULES: &str = "\
emergency 911

application {
  rule \"Ten\" { begins-with 4; digits 10; prefix 91 }
}

";

/// A sandbox with `ten.adr`, which has these test lines.
fn with_tests(tests: &str) -> Sandbox {
    Sandbox::with(&[(
        "ten.adr",
        &format!("{RULES}test {{\n{tests}\n  dial 911 -> unchanged\n}}\n"),
    )])
}

#[test]
fn pasted_test_lines_pass_without_a_finding() {
    let sandbox = with_tests(
        "  dial 408\u{a0}555\u{2011}1212 -> 914085551212\n  \
           dial \"tel:408-555-1212;ext=7\" -> \"91\u{2060}408\u{ad}5551212\"\n  \
           dial 408555121\u{662} -> 914085551212",
    );
    let ran = sandbox.run("check ten.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = sandbox.run("test ten.adr");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "4 tests passed\n"));
    assert!(
        ran.stdout.contains(
            "ten.adr:8: dial 408<U+00A0>555\u{2011}1212 -> 914085551212  (dialed as 4085551212)"
        ),
        "{ran:?}"
    );
}

#[test]
fn failed_test_shows_invisible_characters() {
    let sandbox = with_tests("  dial 408\u{a0}5551212 -> \"408\u{a0}555\u{200b}1212\"");
    let ran = sandbox.run("test ten.adr");
    assert_eq!(ran.status, 1);
    let failed: Vec<&str> = ran.stdout.lines().take(3).collect();
    assert_eq!(
        failed,
        [
            "FAILED  ten.adr:8: dial 408<U+00A0>5551212 -> \"408<U+00A0>555<U+200B>1212\"  \
             (dialed as 4085551212)",
            "        the result is 914085551212, by rule 1, \"Ten\"",
            "        in the number, U+00A0 (no-break space) at character 4 is dropped",
        ]
    );
    let junit = sandbox.run("test ten.adr --format junit").stdout;
    assert!(
        junit.contains("expected 4085551212; in the number, U+00A0 (no-break space)"),
        "{junit}"
    );
    let json = sandbox.run("test ten.adr --format json").stdout;
    assert!(json.contains("\"cleaning\": \"U+00A0 (no-break space) at"), "{json}");
}

#[test]
fn undialable_character_is_a_finding_at_its_position() {
    let sandbox = with_tests("  dial 408 555 1212 x 234 -> unchanged");
    let ran = sandbox.run("check ten.adr --format compact");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.starts_with(
            "ten.adr:8:21: warning[undialable-character]: no phone dials `x` (U+0078)"
        ),
        "{ran:?}"
    );
    let allowed = "  // allow(undialable-character): the extension is dialed by hand\n  \
                   dial 408 555 1212 x 234 -> unchanged";
    assert_eq!(with_tests(allowed).run("check ten.adr").status, 0);
}

#[test]
fn number_with_a_semicolon_outside_quotes_is_rejected_with_the_fix() {
    let sandbox = with_tests("  dial tel:4085551212;ext=123 -> 914085551212");
    let ran = sandbox.run("check ten.adr");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.contains("put the number in quotes: `\"tel:4085551212;ext=123\"`"),
        "{ran:?}"
    );
    assert!(!ran.stdout.contains("write `->`"), "{ran:?}");
}
