//! `adrc diff`: which calls change, and with `--names` which rules.

use std::fs;
use std::path::Path;

use super::deployed_xml::{self, file, row};
use super::sandbox::{CLEAN, Sandbox};

/// The plan of the example company in `old`, and with these edits (file, from, to) in `new`.
fn company(edits: &[(&str, &str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    let company = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/examples/company");
    for entry in walkdir::WalkDir::new(&company) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(&company).unwrap().to_str().unwrap();
            let text = fs::read_to_string(entry.path()).unwrap();
            sandbox.write(&format!("old/{name}"), text.as_bytes());
            let new = edits.iter().filter(|(file, ..)| *file == name).fold(
                text,
                |text, (_, from, to)| {
                    assert!(text.contains(from), "{name} has no `{from}`");
                    text.replace(from, to)
                },
            );
            sandbox.write(&format!("new/{name}"), new.as_bytes());
        }
    }
    sandbox
}

#[test]
fn diff_of_the_example_company_fits_one_screen() {
    let toll_free = "  rule \"Toll free\" { begins-with 800, 888; digits 10; prefix ${outside} }\n  rule \"Long distance\"";
    let sandbox = company(&[
        ("00-shared.adr", "  rule \"Long distance\"", toll_free),
        ("00-shared.adr", "begins-with 21455; ", "begins-with 21456; "),
        ("30-dallas.adr", "let outside = 8", "let outside = 7"),
        ("40-london.adr", "begins-with 2, 3, 7, 8", "begins-with 3, 7, 8"),
    ]);
    let ran = sandbox.run("diff old new");
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    assert!(
        ran.stdout.lines().count() < 40
            && ran.stdout.lines().all(|line| line.chars().count() <= 80),
        "{}",
        ran.stdout
    );
    insta::assert_snapshot!("company", ran.stdout);
    let single_edit =
        company(&[("30-dallas.adr", "let outside = 8", "let outside = 7")]).run("diff old new");
    assert!(single_edit.stdout.lines().count() < 24, "{}", single_edit.stdout);
}

#[test]
fn diff_with_names_lists_changes_without_a_changed_call() {
    let comment = (
        "00-shared.adr",
        "  rule \"Local\"         {",
        "  // seven digits\n  rule \"Town\"          {",
    );
    let moved = (
        "40-london.adr",
        "    rule \"UK, national\"  { begins-with 0;          digits 10..11;           prefix ${outside} }\n    rule \"London, local\" { begins-with 2, 3, 7, 8; digits 8;                prefix ${outside} }\n",
        "    rule \"London, local\" { begins-with 2, 3, 7, 8; digits 8; prefix ${outside} }\n    rule \"UK, national\" { begins-with 0; digits 10..11; prefix ${outside}; description \"by area\" }\n",
    );
    let sandbox = company(&[comment, moved]);
    let ran = sandbox.run("diff old new");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "No changes.\n"));
    assert_eq!(ran.stderr, "every string of characters has the same result\n");
    let ran = sandbox.run("diff old new --names");
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!("names", ran.stdout);
    let ran = sandbox.run("diff old new --names --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["equal"], &report["equal_for"]), (&true.into(), &"anything".into()));
    let names = report["names"].as_array().unwrap();
    let changes: Vec<_> = names.iter().map(|name| name["change"].as_str().unwrap()).collect();
    for change in ["renamed", "moved", "commented"] {
        assert!(changes.contains(&change), "{changes:?}");
    }
    assert_eq!(sandbox.run("diff old new --names --format junit").status, 2);
}

#[test]
fn diff_with_names_lists_added_removed_and_edited_rules() {
    let old = CLEAN.replace(
        "  rule \"Local\"",
        "  rule \"Never\" { begins-with 55; digits 9; keep }\n  rule \"Local\"",
    );
    let new = CLEAN.replace("digits 7; prefix 9", "digits 7; prefix 8").replace(
        "  rule \"Local\"",
        "  rule \"More\" { begins-with 66; digits 9; keep }\n  rule \"Local\"",
    );
    let sandbox = Sandbox::with(&[("old.adr", &old), ("new.adr", &new)]);
    let ran = sandbox.run("diff old.adr new.adr --names");
    for line in [
        "added      More: begins-with 66; digits 9; remove 2; prefix 66  (new.adr:4)",
        "removed    Never: begins-with 55; digits 9; remove 2; prefix 55  (old.adr:4)",
        "edited     Local: begins-with 5; digits 7; prefix 8, was begins-with 5; digits 7; prefix 9  (new.adr:5)",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {ran:?}");
    }
}

#[test]
fn diff_of_equal_plans_reports_the_largest_equal_domain() {
    let by_digits: String = (0..10)
        .map(|digit| format!("  rule \"{digit}\" {{ begins-with {digit}; digits 7; prefix 9 }}\n"))
        .collect();
    let plus = "  rule \"+\" { begins-with +; digits 7; prefix 9 }\n";
    let all = CLEAN.replace("begins-with 5; ", "");
    let split = all.replace("  rule \"Local\" { digits 7; prefix 9 }\n", &(by_digits + plus));
    let sandbox = Sandbox::with(&[("one.adr", &all), ("split.adr", &split)]);
    let ran = sandbox.run("diff one.adr split.adr");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr
            .contains("every number of digits, with a + in front or without has the same result"),
        "{ran:?}"
    );
    let ran = sandbox.run("diff one.adr split.adr --domain digits");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "No changes.\n"));
    let ran = sandbox.run("diff one.adr split.adr --domain anything --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.status, &report["equal_for"]), (1, &"digits".into()));
}

#[test]
fn numbers_of_other_characters_are_counted_apart_from_digits() {
    let two = row("555", "7", "0") + &row("4", "1", "0");
    let sandbox = Sandbox::with(&[("none.xml", "<DialRules/>"), ("two.xml", &file(&two))]);
    let ran = sandbox.run("diff none.xml two.xml");
    insta::assert_snapshot!("counts", ran.stdout);
    let ran = sandbox.run("diff none.xml two.xml --domain digits");
    assert!(!ran.stdout.contains("more with"), "{ran:?}");
    let ran = sandbox.run("diff none.xml two.xml --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let counts = &report["differences"][1];
    assert_eq!((&counts["count"], &counts["count_of_digits"]), (&28_561.into(), &10_000.into()));
}

#[test]
fn empty_result_is_shown_as_empty_quotes() {
    let gone = row("4", "1", "1").replace("\"9\"", "\"\"");
    let sandbox = Sandbox::with(&[("none.xml", "<DialRules/>"), ("gone.xml", &file(&gone))]);
    let ran = sandbox.run("diff none.xml gone.xml");
    assert!(
        ran.stdout.contains(
            "no rule -> row 1: 4; 1 digit; 1 number\n      4 was unchanged, becomes \"\"\n"
        ) || ran.stdout.contains("  \"\""),
        "{ran:?}"
    );
    let ran = sandbox.run("prove equal none.xml gone.xml");
    assert!(ran.stdout.contains("4 gives 4 and \"\"\n"), "{ran:?}");
}

#[test]
fn diff_of_unusual_deployed_files_is_exact() {
    let lengths: String = (5..9).map(|digits| row("+", &digits.to_string(), "1")).collect();
    let sandbox = Sandbox::with(&[
        ("plan.adr", CLEAN),
        ("nested.xml", &deployed_xml::nested()),
        ("shorter.xml", &file(&row("1", "100", "0"))),
        ("any.xml", &file(&row("", "0", "1"))),
        (
            "client-only.xml",
            &file(&(row("12", "-3", "-1") + &row("123", "2", "0") + &row("é*", "4294967296", "1"))),
        ),
        ("lengths.xml", &file(&lengths)),
        ("repeated.xml", &deployed_xml::repeated()),
        ("once.xml", &file(&row("555", "7", "0"))),
    ]);
    // the last rule of the nested ones does what each of them does
    assert_eq!(sandbox.run("diff nested.xml shorter.xml").status, 0);
    assert_eq!(sandbox.run("diff repeated.xml once.xml").status, 0);
    let ran = sandbox.run("diff any.xml once.xml");
    assert!(ran.status == 1 && ran.stdout.contains("without end"), "{ran:?}");
    let ran = sandbox.run("diff client-only.xml once.xml --domain anything");
    assert!(ran.status == 1 && ran.stdout.contains("12 was 9, becomes unchanged"), "{ran:?}");
    // rows that differ in `NumDigits` only are one entry
    let ran = sandbox.run("diff lengths.xml once.xml --domain digits");
    assert!(ran.stdout.contains("row 1 -> no rule: +; 5-8 digits"), "{ran:?}");
    let ran = sandbox.run("diff once.xml plan.adr");
    assert!(ran.stdout.contains("no rule -> Local: 5 else; 7 digits"), "{ran:?}");
    assert_eq!(sandbox.run("diff once.xml none.xml").status, 2);
    assert_eq!(sandbox.run("diff once.xml --format json").status, 2);
}
