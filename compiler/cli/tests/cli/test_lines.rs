//! Test lines with numbers as people paste them: understood, named, and shown when they fail.

use super::sandbox::Sandbox as Room;

const RULES: &str = "\
emergency 911

application {
  rule \"Ten\" { begins-with 4; digits 10; prefix 91 }
}

";

fn with_tests(tests: &str) -> Room {
    Room::with(&[("ten.adr", &format!("{RULES}test {{\n{tests}\n  dial 911 -> unchanged\n}}\n"))])
}

#[test]
fn pasted_test_lines_pass_without_a_finding() {
    let room = with_tests(
        "  dial 408\u{a0}555\u{2011}1212 -> 914085551212\n  \
           dial \"tel:408-555-1212;ext=7\" -> \"91\u{2060}408\u{ad}5551212\"\n  \
           dial 408555121\u{662} -> 914085551212",
    );
    let ran = room.run("check ten.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = room.run("test ten.adr");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "4 tests passed\n"));
    assert!(
        ran.stdout.contains(
            "ten.adr:8: dial 408<U+00A0>555\u{2011}1212 -> 914085551212  (dialed as 4085551212)"
        ),
        "{ran:?}"
    );
}

#[test]
fn failed_test_shows_what_cannot_be_seen() {
    let room = with_tests("  dial 408\u{a0}5551212 -> \"408\u{a0}555\u{200b}1212\"");
    let ran = room.run("test ten.adr");
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
    let junit = room.run("test ten.adr --format junit").stdout;
    assert!(
        junit.contains("expected 4085551212; in the number, U+00A0 (no-break space)"),
        "{junit}"
    );
    let json = room.run("test ten.adr --format json").stdout;
    assert!(json.contains("\"cleaning\": \"U+00A0 (no-break space) at"), "{json}");
}

#[test]
fn character_that_no_phone_dials_is_a_finding_at_its_place() {
    let room = with_tests("  dial 408 555 1212 x 234 -> unchanged");
    let ran = room.run("check ten.adr --format compact");
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
fn number_with_a_semicolon_belongs_in_quotes() {
    let room = with_tests("  dial tel:4085551212;ext=123 -> 914085551212");
    let ran = room.run("check ten.adr");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.contains("put the number in quotes: `\"tel:4085551212;ext=123\"`"),
        "{ran:?}"
    );
    assert!(!ran.stdout.contains("write `->`"), "{ran:?}");
}
