//! Tables of dial rules in vendors' documents: the examples have their rows and give their results.

use std::fs;

use adr_engine::{DialString, Rule, RuleList, apply_into, xml};
use toml::{Table, Value};

use crate::{EXAMPLES, adrc, compile};

/// A table as a vendor's document prints it.
pub(crate) struct Printed {
    /// Its name, which is also the file name of its example.
    pub(crate) name: String,
    kind: String,
    rules: RuleList,
    cases: Vec<(String, String)>,
    /// Whether the table changes emergency numbers.
    pub(crate) breaks_emergency: bool,
}

/// Every table of `tests/corpus/worked-examples.toml`.
pub(crate) fn tables() -> Vec<Printed> {
    let collection: Table = adr_tests::text("tests/corpus/worked-examples.toml").parse().unwrap();
    let examples = collection["example"].as_array().unwrap();
    let tables: Vec<_> = examples.iter().map(printed).collect();
    assert!(tables.len() >= 8, "only {} tables", tables.len());
    tables
}

#[test]
fn reference_engine_with_a_printed_table_gives_the_printed_results() {
    for table in tables() {
        for (number, expected) in &table.cases {
            let mut result = Vec::new();
            apply_into(&table.rules, number.as_bytes(), &mut result);
            let result = String::from_utf8(result).unwrap();
            assert_eq!(&result, expected, "{}: {number}", table.name);
        }
    }
}

#[test]
fn compiled_example_has_the_printed_rows() {
    let folder = tempfile::tempdir().unwrap();
    for table in tables().iter().filter(|table| !table.breaks_emergency) {
        let published = folder.path().join(&table.name);
        // without tests, because a table that is printed as a mistake fails its own
        compile(&["--no-tests", &source(&table.name)], &published);
        let file = match table.kind.as_str() {
            "lookup" => "DirLookupDialRules.xml",
            _ => "AppDialRules.xml",
        };
        let written = String::from_utf8(fs::read(published.join(file)).unwrap()).unwrap();
        let expected = String::from_utf8(xml::write(&table.rules)).unwrap();
        assert_eq!(written, expected, "{}", table.name);
    }
}

#[test]
fn dialed_example_gives_the_printed_results() {
    for table in tables().iter().filter(|table| !table.breaks_emergency) {
        let command = if table.kind == "lookup" { "lookup" } else { "dial" };
        let source = source(&table.name);
        let mut arguments = vec![command, &source, "--raw", "--"];
        arguments.extend(table.cases.iter().map(|(number, _)| number.as_str()));
        let (status, stdout, stderr) = adrc(&arguments);
        assert_eq!(status, 0, "{}: {stderr}", table.name);
        let expected: Vec<_> = table.cases.iter().map(|(_, expected)| expected.as_str()).collect();
        assert_eq!(stdout.lines().collect::<Vec<_>>(), expected, "{}", table.name);
    }
}

/// The path of the example of a table. Examples of mistakes have their own folder.
pub(crate) fn source(name: &str) -> String {
    let documented = format!("{EXAMPLES}/documented/{name}.adr");
    if adr_tests::root().join(&documented).exists() {
        return documented;
    }
    format!("{EXAMPLES}/mistakes/{name}.adr")
}

fn printed(example: &Value) -> Printed {
    let rules = example["rules"].as_array().unwrap().iter().map(rule).collect();
    let cases = example["cases"].as_array().unwrap().iter();
    Printed {
        name: text(&example["name"]),
        kind: text(&example["kind"]),
        rules: RuleList::new(rules).unwrap(),
        cases: cases.map(|case| (text(&case[0]), text(&case[1]))).collect(),
        breaks_emergency: example.get("breaks_emergency").is_some(),
    }
}

fn rule(row: &Value) -> Rule {
    let dial_string = |value: &Value| DialString::new(value.as_str().unwrap()).unwrap();
    let count = |value: &Value| u32::try_from(value.as_integer().unwrap()).unwrap();
    Rule::new(dial_string(&row[0]), count(&row[1]), count(&row[2]), dial_string(&row[3])).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
