//! `rule-reaches-blocked-pattern`: a rule sends numbers to a pattern that blocks them.

use adr_diagnostic::Finding;

use super::about_rules;
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
    let rules = case.with(Treatment::Blocked);
    let message = |rules: &str| format!("some results of {rules} reach a pattern that blocks them");
    about_rules(&CAUSE, case, rules, message).map(with_advice).into_iter().collect()
}

/// What to do about it.
fn with_advice(found: Found) -> Found {
    found.fix(
        Place::CucmPage,
        "check whether the block is meant",
        ["Call Routing > Route/Hunt > Route Pattern: PATTERN, Route Option"],
    )
}
