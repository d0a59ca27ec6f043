//! The examples of `mistakes/` fail as their first line says.

use crate::documented::tables;
use crate::{EXAMPLES, adrc, entries};

#[test]
fn mistakes_fail_as_they_say() {
    let names = entries(&format!("{EXAMPLES}/mistakes"), "");
    assert!(!names.is_empty());
    for name in names {
        let path = format!("{EXAMPLES}/mistakes/{name}.adr");
        let text = adr_tests::text(&path);
        let first = text.lines().next().unwrap_or_default();
        match first.strip_prefix("// finding: ") {
            Some(finding) => finds(&path, finding),
            None => fails_its_test(&path, first),
        }
    }
}

#[test]
fn a_table_that_breaks_emergency_calls_is_among_the_mistakes() {
    for table in tables().iter().filter(|table| table.breaks_emergency) {
        let path = format!("{EXAMPLES}/mistakes/{}.adr", table.name);
        assert!(adr_tests::text(&path).starts_with("// finding: "), "{path}");
    }
}

/// `check` tells exactly this finding, as an error, and `compile` writes nothing.
fn finds(path: &str, finding: &str) {
    let (status, stdout, _) = adrc(&["check", path, "--format", "json"]);
    assert_eq!(status, 1, "{path}");
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let names: Vec<_> = findings.iter().map(|found| found["name"].as_str().unwrap()).collect();
    assert_eq!(names, [finding], "{path}");
    is_not_compiled(path);
}

fn is_not_compiled(path: &str) {
    let room = tempfile::tempdir().unwrap();
    let published = room.path().join("published");
    let (status, _, _) = adrc(&["compile", path, "-o", published.to_str().unwrap()]);
    assert_eq!(status, 1, "{path}");
    assert!(!published.exists(), "{path} was published");
}

/// `check` warns of the rule and names the test that fails, `test` fails, and `compile` writes
/// nothing.
fn fails_its_test(path: &str, first: &str) {
    assert!(first.starts_with("// fails: "), "{path} says not how it fails");
    let (_, stdout, _) = adrc(&["check", path]);
    for finding in ["warning[dead-rule]", "error[failed-test]"] {
        assert!(stdout.contains(finding), "{path}: {stdout}");
    }
    is_not_compiled(path);
    let (status, _, _) = adrc(&["test", path]);
    assert_eq!(status, 1, "{path}");
}
