//! `adrc dial` and `adrc lookup`: numbers in, results out, one a line and in order.

use super::room::{CLEAN, Room};

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
    let ran = room.given(
        &[
            "dial",
            "-r",
            "plan.adr",
            "+1 (408) 555-1212",
            "555.1212",
            "911",
            "",
        ],
        b"",
    );
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (0, "914085551212\n95551212\n911\n\n")
    );
    let ran = room.given(
        &["dial", "-r", "plan.adr", "--raw", "555-1212", "555 121"],
        b"",
    );
    assert_eq!(ran.stdout, "555-1212\n9555 121\n");
    assert_eq!(
        room.run("lookup -r plan.adr 408-555-1212").stdout,
        "51212\n"
    );
}

#[test]
fn a_trace_names_the_rule_its_line_and_what_was_passed_over() {
    let room = Room::with(&[("plan.adr", PLAN)]);
    let ran = room.given(
        &["dial", "-r", "plan.adr", "--trace", "555 1212", "12"],
        b"",
    );
    assert_eq!(ran.stdout, "95551212\n12\n");
    insta::assert_snapshot!("trace", ran.stderr);
    room.run("compile plan.adr -o published");
    let ran = room.run("dial -r published/AppDialRules.xml --trace 5551212");
    insta::assert_snapshot!("trace_of_a_deployed_file", ran.stderr);
}

#[test]
fn a_stream_is_dialled_line_by_line() {
    let room = Room::with(&[("plan.adr", PLAN)]);
    let stream = |input: &[u8]| room.given(&["dial", "-r", "plan.adr", "-"], input).stdout;
    assert_eq!(
        stream(b"5551212\n911\n\n41212\n"),
        "95551212\n911\n\n41212\n"
    );
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
    let numbers: Vec<&str> = (0..200_000)
        .map(|at| pieces[at * 7 % pieces.len()])
        .collect();
    let single: Vec<String> = pieces
        .iter()
        .map(|piece| {
            room.given(&["dial", "-r", "plan.adr", "--", piece], b"")
                .stdout
        })
        .collect();
    let expected: String = (0..200_000)
        .map(|at| single[at * 7 % pieces.len()].as_str())
        .collect();
    let ran = room.given(
        &["dial", "-r", "plan.adr", "-"],
        (numbers.join("\n") + "\n").as_bytes(),
    );
    assert!(ran.stdout == expected && ran.status == 0);
}

#[test]
fn a_line_without_an_end_is_an_error_and_not_memory() {
    let room = Room::with(&[("plan.adr", CLEAN)]);
    let ran = room.given(&["dial", "-r", "plan.adr", "-"], &vec![b'1'; 1 << 20]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("more than 65536 bytes"), "{ran:?}");
}

#[test]
fn an_error_in_the_rules_dials_nothing() {
    let room = Room::with(&[("plan.adr", "application { rule \"x\" { digits seven } }")]);
    let ran = room.run("dial -r plan.adr 5551212");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("plan.adr:1:"), "{ran:?}");
}
