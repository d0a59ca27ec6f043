//! Each example of `mistakes/` fails in the way that its first line states.

use crate::documented::tables;
use crate::{EXAMPLES, adrc, entries};

#[test]
fn mistake_fails_as_its_first_line_states() {
    let names = entries(&format!("{EXAMPLES}/mistakes"), "");
    assert!(!names.is_empty());
    for name in names {
        let path = format!("{EXAMPLES}/mistakes/{name}.adr");
        let text = adr_tests::text(&path);
        let first = text.lines().next().unwrap_or_default();
        match first.strip_prefix("// finding: ") {
            Some(finding) => assert_finding(&path, finding),
            None => assert_failing_test(&path, first),
        }
    }
}

#[test]
fn printed_table_that_breaks_emergency_calls_is_a_mistake() {
    for table in tables().iter().filter(|table| table.breaks_emergency) {
        let path = format!("{EXAMPLES}/mistakes/{}.adr", table.name);
        assert!(adr_tests::text(&path).starts_with("// finding: "), "{path}");
    }
}

/// Asserts that `check` reports exactly this finding, as an error, and `compile` writes nothing.
fn assert_finding(path: &str, finding: &str) {
    let (status, stdout, _) = adrc(&["check", path, "--format", "json"]);
    assert_eq!(status, 1, "{path}");
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let names: Vec<_> = findings.iter().map(|found| found["name"].as_str().unwrap()).collect();
    assert_eq!(names, [finding], "{path}");
    assert_not_compiled(path);
}

fn assert_not_compiled(path: &str) {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let (status, _, _) = adrc(&["compile", path, "-o", published.to_str().unwrap()]);
    assert_eq!(status, 1, "{path}");
    assert!(!published.exists(), "{path} was published");
}

/// Asserts that `check` warns of a dead rule and reports the failing test, `test` fails, and
/// `compile` writes nothing.
fn assert_failing_test(path: &str, first: &str) {
    assert!(first.starts_with("// fails: "), "{path}: the first line does not state the failure");
    let (_, stdout, _) = adrc(&["check", path]);
    for finding in ["warning[dead-rule]", "error[failed-test]"] {
        assert!(stdout.contains(finding), "{path}: {stdout}");
    }
    assert_not_compiled(path);
    let (status, _, _) = adrc(&["test", path]);
    assert_eq!(status, 1, "{path}");
}
