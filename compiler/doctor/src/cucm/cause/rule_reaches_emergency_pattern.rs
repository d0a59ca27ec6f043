//! `rule-reaches-emergency-pattern`: a rule turns other numbers into an emergency number.

use adr_diagnostic::Finding;

use super::{because_of, counted};
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_analysis::routing::Treatment;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "rule-reaches-emergency-pattern",
        "a rule turns other numbers into an emergency number",
        include_str!("../../pages/rule-reaches-emergency-pattern.md"),
    ),
    step: Step::Routing,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let rules: Vec<_> = case.with(Treatment::Emergency).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found(format!(
        "results of {} reach an emergency pattern, although nobody dialed an emergency number",
        counted(rules.len(), "rule")
    ));
    let facts = rules.iter().map(|(rule, example)| {
        format!("{}: {}", case.rule_words(rule.rule), case.example_words(example))
    });
    vec![because_of(found, facts).fix(
        Place::Adrc,
        "narrow the rule, or add one above it for the numbers that it shall not change",
        ["adrc test PLAN"],
    )]
}
