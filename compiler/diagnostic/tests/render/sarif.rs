//! SARIF output is valid according to the published schema.

use adr_diagnostic::render::{Format, render};
use adr_diagnostic::{Report, Sources};
use serde_json::Value;

use super::report::{options, written};

fn complaints(document: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(include_str!("../schema/sarif-2.1.0.json")).unwrap();
    let document: Value = serde_json::from_str(document).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(&document);
    errors.map(|error| error.to_string()).collect()
}

#[test]
fn rich_report_is_valid_sarif() {
    assert_eq!(complaints(&written(Format::Sarif, false)), [""; 0]);
}

#[test]
fn empty_report_is_valid_sarif() {
    let empty = render(Format::Sarif, &Report::new(), &Sources::new(), &options(false));
    assert_eq!(complaints(&empty), [""; 0]);
}

#[test]
fn schema_rejects_other_json() {
    let wrong = written(Format::Sarif, false).replace("\"startLine\": 2", "\"startLine\": 0");
    assert_ne!(complaints(&wrong), [""; 0]);
}
