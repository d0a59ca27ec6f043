//! JUnit output is read back by another library.

use adr_diagnostic::render::{Format, Outcome, TestCase, error_cases, junit_cases};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

use super::report::{rich, written};

fn failures(document: &str) -> Vec<(String, String, String)> {
    let report = Report::deserialize_from_str(document).unwrap();
    let cases = report.test_suites.iter().flat_map(|suite| &suite.test_cases);
    let cases: Vec<_> = cases.collect();
    assert_eq!(report.tests, cases.len());
    let failures: Vec<_> = cases
        .iter()
        .filter_map(|case| match &case.status {
            TestCaseStatus::NonSuccess { message, description, .. } => Some((
                case.name.as_str().to_owned(),
                message.as_ref().unwrap().as_str().to_owned(),
                description.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default(),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(report.failures, failures.len());
    failures
}

#[test]
fn findings_are_failed_cases() {
    let found = failures(&written(Format::Junit, false));
    let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["bad-number at line 2", "dead-rule at line 4", "missing-quotes at line 6"]);
    assert_eq!(found[0].1, "error: `1O` is not a number");
    assert_eq!(found[0].2, "write `digits 10`\nor `digits any`");
}

#[test]
fn errors_of_a_plan_are_error_cases() {
    let (report, sources) = rich();
    let document = junit_cases("adrc test", &error_cases(&report, &sources));
    let read = Report::deserialize_from_str(&document).unwrap();
    assert_eq!((read.tests, read.failures, read.errors), (2, 0, 2));
    let case = &read.test_suites[0].test_cases[0];
    assert_eq!(case.name.as_str(), "bad-number at line 2");
    let kind = match &case.status {
        TestCaseStatus::NonSuccess { kind, .. } => Some(*kind),
        _ => None,
    };
    assert_eq!(kind, Some(NonSuccessKind::Error));
}

#[test]
fn junit_texts_round_trip() {
    for text in ["<a href=\"b\">&amp;</a>", "]]>", "'\"", "é 😀", "two\nlines"] {
        let case = TestCase {
            name: text.to_owned(),
            file: "plan.adr".to_owned(),
            line: 3,
            outcome: Outcome::Failed { message: text.to_owned(), detail: text.to_owned() },
        };
        let (name, message, detail) = failures(&junit_cases("adrc test", &[case])).remove(0);
        assert_eq!((name.as_str(), message.as_str(), detail.as_str()), (text, text, text));
    }
}

#[test]
fn junit_replaces_characters_forbidden_in_xml() {
    let case = TestCase {
        name: "a\0\x1b\u{ffff}b".to_owned(),
        file: "plan.adr".to_owned(),
        line: 1,
        outcome: Outcome::Passed,
    };
    assert!(failures(&junit_cases("adrc test", &[case])).is_empty());
}
