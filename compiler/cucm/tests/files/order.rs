//! Records in order, and findings about what the page would refuse.

use adr_cucm::{Converted, Count, CucmRule, FINDINGS, RuleKind, convert};

fn rule(name: &str, priority: i64) -> CucmRule {
    CucmRule {
        begins_with: "+1".to_owned(),
        digits: 12.into(),
        remove: 2.into(),
        prefix: "91".to_owned(),
        priority: priority.into(),
        ..CucmRule::new(RuleKind::Application, name)
    }
}

fn converted(rules: &[CucmRule]) -> Converted {
    convert(rules.iter().cloned().map(Into::into).collect())
}

/// Names and messages of the findings about one rule.
fn findings(rule: CucmRule) -> Vec<(&'static str, String)> {
    let converted = converted(&[rule]);
    assert_eq!(converted.application.len(), 1);
    let found = converted.report.diagnostics().iter();
    found.map(|found| (found.name, found.message.clone())).collect()
}

fn message(rule: CucmRule, name: &str) -> String {
    let found = findings(rule);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, name);
    found[0].1.clone()
}

#[test]
fn rules_are_in_order_of_priority_then_name() {
    let last = CucmRule { priority: Count::Empty, ..rule("0", 0) };
    let lookup = CucmRule { kind: RuleKind::DirectoryLookup, ..rule("in", 0) };
    let all = [last, rule("c", 10), rule("b", 9), rule("a", 10), rule("d", -1), lookup];
    let converted = converted(&all);
    let names: Vec<_> = converted.application.iter().map(|it| &*it.record.rule.name).collect();
    assert_eq!(names, ["d", "b", "a", "c", "0"]);
    assert_eq!(converted.lookup.len(), 1);
    let found: Vec<_> =
        converted.report.diagnostics().iter().map(|it| (it.name, it.rule_position)).collect();
    assert_eq!(found, [("equal-priorities", Some(4)), ("page-refuses-rule", Some(5))]);
}

#[test]
fn rule_that_the_page_accepts_has_no_finding() {
    assert_eq!(findings(rule(&"ü".repeat(50), 0)), []);
}

#[test]
fn name_that_the_page_refuses_is_a_finding() {
    assert!(message(rule(&"a".repeat(100), 0), "page-refuses-rule").contains("100 characters"));
    for name in ["a\"", "a%", "a&", "a\\", "a<", "a>"] {
        let message = message(rule(name, 0), "page-refuses-rule");
        assert!(message.ends_with("in names"), "{message}");
    }
    assert!(message(rule(" ", 0), "page-refuses-rule").ends_with("the name is empty"));
    let twice = converted(&[rule("a", 0), rule("a", 1)]);
    let found = &twice.report.diagnostics()[0];
    assert_eq!(&*found.message, "rule `a`: rule 1 has the same name");
    assert_eq!(twice.application.len(), 2);
}

#[test]
fn rule_that_only_a_client_accepts_is_a_finding_and_stays_a_rule() {
    let any_length = CucmRule { digits: Count::Empty, ..rule("a", 0) };
    message(any_length.clone(), "page-refuses-rule");
    let converted = converted(&[any_length]);
    assert_eq!(converted.application[0].rule.as_ref().expect("a rule").length(), None);
    let nothing = CucmRule { remove: Count::Empty, prefix: String::new(), ..rule("a", 0) };
    message(nothing, "page-refuses-rule");
    let long = CucmRule { begins_with: "1".repeat(13), ..rule("a", 0) };
    message(long, "page-refuses-rule");
}

#[test]
fn rule_outside_the_limits_is_an_error_and_stays_a_rule() {
    let pattern = CucmRule { begins_with: "9X".to_owned(), ..rule("a", 0) };
    assert!(message(pattern, "rule-outside-limits").contains("`X` is not one of"));
    let prefix = CucmRule { prefix: "9".repeat(101), ..rule("a", 0) };
    message(prefix, "rule-outside-limits");
    let remove = CucmRule { remove: 13.into(), ..rule("a", 0) };
    message(remove.clone(), "rule-outside-limits");
    let converted = converted(&[remove]);
    assert!(converted.report.has_errors());
    assert_eq!(converted.application[0].rule.as_ref().expect("a rule").remove(), 13);
}

#[test]
fn count_that_is_not_a_number_is_an_error_and_keeps_the_record() {
    for digits in [Count::new("seven"), Count::new("1.2E+10"), Count::Number(i64::MAX)] {
        let text = digits.to_string();
        let broken = CucmRule { digits, ..rule("a", 0) };
        let converted = converted(&[broken]);
        assert_eq!(converted.application[0].rule, None);
        let first = &converted.report.diagnostics()[0];
        assert_eq!(first.name, "unreadable-count");
        assert!(first.message.contains(&text), "{}", first.message);
    }
}

#[test]
fn every_finding_has_a_page_and_a_name_of_its_own() {
    let all: Vec<_> = FINDINGS.iter().chain(adr_cucm::file::FINDINGS).collect();
    for (at, finding) in all.iter().enumerate() {
        assert!(finding.page.contains("Fix: "), "{}", finding.name);
        assert!(all[..at].iter().all(|other| other.name != finding.name), "{}", finding.name);
    }
}
