//! `rule-reaches-blocked-pattern`: a rule sends numbers to a pattern that blocks them.

use adr_diagnostic::Finding;

use super::{because_of, counted};
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_analysis::routing::Treatment;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "rule-reaches-blocked-pattern",
        "a rule sends numbers to a pattern that blocks them",
        include_str!("../../pages/rule-reaches-blocked-pattern.md"),
    ),
    step: Step::Routing,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let rules: Vec<_> = case.with(Treatment::Blocked).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found(format!(
        "some results of {} reach a pattern that blocks them",
        counted(rules.len(), "rule")
    ));
    let facts = rules.iter().map(|(rule, example)| {
        format!("{}: {}", case.rule_words(rule.rule), case.example_words(example))
    });
    vec![because_of(found, facts).fix(
        Place::CucmPage,
        "check whether the block is meant",
        ["Call Routing > Route/Hunt > Route Pattern: PATTERN, Route Option"],
    )]
}
