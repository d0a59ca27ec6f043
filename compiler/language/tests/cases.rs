//! Regression tests: small dial plans that earlier versions misread, with the right results.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the suite reads cases from disk; a failure there fails the test"
)]

use std::fs;
use std::path::Path;

use adr_diagnostic::Severity;
use adr_language::{
    Checked, EntryFile, Levels, ListKind, ReadError, World, limits, load, run_tests,
};

/// One text.
struct Text(String);

impl World for Text {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}

fn check(text: &str) -> Checked {
    let entry = EntryFile { path: "case.adr".to_owned(), root: String::new() };
    load(&Text(text.to_owned()), &[entry]).check(&Levels::default())
}

fn case(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
    fs::read_to_string(folder.join(path)).unwrap()
}

/// The names and messages of the findings.
fn found(checked: &Checked) -> Vec<String> {
    let found = checked.report().diagnostics().iter();
    found.map(|found| format!("{}: {}", found.name, found.message)).collect()
}

/// The begins-with and the number of digits of every application rule.
fn rows(checked: &Checked) -> Vec<(String, i32)> {
    let list = checked.plan().unwrap().default_view().list(ListKind::Application);
    let rules = list.rules().iter();
    rules.map(|rule| (rule.begins_with().to_owned(), rule.digits())).collect()
}

fn tests_pass(checked: &Checked) -> bool {
    let outcomes = run_tests(checked.plan().unwrap());
    !outcomes.is_empty() && outcomes.iter().all(adr_language::TestOutcome::passed)
}

#[test]
fn dead_entries_of_a_list_are_reported() {
    let checked = check(&case("language/dead-entry-of-a-list.adr"));
    let found = found(&checked);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("dead-entry: `0800` and `0300` never win: `National` above"),
        "{found:?}"
    );
}

#[test]
fn range_in_begins_with_becomes_prefixes() {
    let text = case("language/range-of-begins-with.adr");
    let checked = check(&text);
    let help: Vec<&str> = checked
        .report()
        .diagnostics()
        .iter()
        .flat_map(|found| found.help.iter().map(String::as_str))
        .collect();
    assert_eq!(help, ["a range is written with two dots: `2000..2449`"]);
    let checked = check(&text.replace("2000-2449", "2000..2449"));
    assert!(tests_pass(&checked), "{:?}", found(&checked));
    let rows = rows(&checked);
    let expected = [2, 3, 4, 5, 6, 7, 8, 9].map(|digit: i32| (digit.to_string(), 10));
    assert_eq!(rows[..8], expected);
    assert_eq!(rows[8..].len(), 9);
}

#[test]
fn rest_avoids_unwanted_combinations() {
    let text = case("language/lists-multiply.adr");
    assert_eq!(rows(&check(&text)).len(), 4);
    let text = text.replace("digits 10, 12; remove 6", "rest 4; remove-all-but 4");
    let checked = check(&text);
    assert!(tests_pass(&checked), "{:?}", found(&checked));
    assert_eq!(rows(&checked), [("+3312345".to_owned(), 12), ("012345".to_owned(), 10)]);
}

#[test]
fn four_notations_of_a_block_give_equal_rules() {
    let four = check(&case("language/ddi-of-two-blocks.adr"));
    let text = case("language/ddi-of-two-blocks.adr");
    let (before, rest) = text.split_once("application {").unwrap();
    let (_, after) = rest.split_once("\n}\n").unwrap();
    let rule = "rule \"DDI\" { begins-with +441632960[24], 00441632960[24], 01632960[24], 960[24]; \
                rest 2; remove-all-but 3 }";
    let one = check(&format!("{before}application {{\n  {rule}\n}}\n{after}"));
    assert!(tests_pass(&four) && tests_pass(&one), "{:?}", found(&one));
    let list = |checked: &Checked| {
        let list = checked.plan().unwrap().default_view();
        list.list(ListKind::Application).rules().clone()
    };
    assert_eq!(list(&four), list(&one));
}

#[test]
fn list_inside_a_dial_string_gives_an_entry_for_each_value() {
    let checked = check(&case("language/list-in-dial-string.adr"));
    assert!(tests_pass(&checked), "{:?}", found(&checked));
    assert_eq!(rows(&checked).len(), 2 * 8 * 6);
}

#[test]
fn partial_duplicate_names_the_duplicate_part() {
    let checked = check(&case("commands/duplicate-in-part.adr"));
    let found = found(&checked);
    assert_eq!(
        found,
        [
            "exact-duplicate: `1` with 5 digits is in the rule `A` above already, which does the same"
        ]
    );
}

#[test]
fn number_emptied_by_an_open_rule_is_reported() {
    let checked = check(&case("commands/empty-any.adr"));
    let found = found(&checked);
    assert!(found.iter().any(|found| found.starts_with("empty-result: ")), "{found:?}");
}

/// Groups that use groups, `width` times at each of `depth` levels, around `inside`.
fn nested_groups(depth: usize, width: usize, inside: &str) -> String {
    let mut text = format!("emergency 911, 9911\ngroup \"g0\" {{ {inside} }}\n");
    for level in 1..=depth {
        let uses = format!("  use \"g{}\"\n", level - 1).repeat(width);
        text += &format!("group \"g{level}\" {{\n{uses}}}\n");
    }
    text + &format!("application {{ use \"g{depth}\" }}\n")
}

#[test]
fn nested_groups_take_steps_linear_in_their_text() {
    for inside in ["", "rule \"r\" { begins-with 5; digits 7; prefix 9 }"] {
        let text = nested_groups(30, 10, inside);
        let checked = check(&text);
        assert!(checked.steps() < 1_000, "{}", checked.steps());
        assert!(rows(&checked).len() <= 1);
    }
}

#[test]
fn lists_of_lists_exceed_the_expansion_limit() {
    for (first, line) in [
        ("let a0 = 1, 2\n", "${a}, ${a}, ${a}, ${a}, ${a}, ${a}, ${a}, ${a}, ${a}, ${a}"),
        ("let a0 = 1, 2\n", "${a}${a}"),
        ("let a0 = [0-9]\n", "${a}[0-9]"),
        ("let a0 = 000..999\n", "${a}${r}, ${a}${a}, ${a}"),
    ] {
        let mut text = format!("let r = 000..999\n{first}");
        for level in 1..=12 {
            let line = line.replace("${a}", &format!("${{a{}}}", level - 1));
            text += &format!("let a{level} = {line}\n");
        }
        text += "application { rule \"x\" { begins-with ${a12}; digits 40; prefix 9 } }\n";
        let checked = check(&text);
        let errors = checked.report().diagnostics().iter();
        let errors: Vec<_> = errors
            .filter(|found| found.severity == Severity::Error)
            .map(|found| found.name)
            .collect();
        assert!(
            ["expansion-too-large", "bad-dial-string", "bad-value"].contains(&errors[0]),
            "{errors:?}"
        );
        assert!(checked.steps() <= limits::STEPS);
    }
}

#[test]
fn exceeded_expansion_limit_is_reported_once_with_value_and_limit() {
    let text = "let one = [0-9]\nlet six = ${one}${one}${one}${one}${one}${one}\n\
                application {\n  rule \"a\" { begins-with ${six}${six}; rest 1; prefix 9 }\n  \
                rule \"b\" { begins-with ${six}${six}; rest 1; prefix 9 }\n}\n";
    let found = found(&check(text));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("the limit is"), "{found:?}");
}
