//! `rule-reaches-emergency-pattern`: a rule turns other numbers into an emergency number.

use adr_diagnostic::Finding;

use super::about_rules;
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
    let rules = case.with(Treatment::Emergency);
    let message = |rules: &str| {
        format!(
            "results of {rules} reach an emergency pattern, although nobody dialed an emergency number"
        )
    };
    about_rules(&CAUSE, case, rules, message).map(with_advice).into_iter().collect()
}

/// What to do about it.
fn with_advice(found: Found) -> Found {
    found.fix(
        Place::Adrc,
        "narrow the rule, or add one above it for the numbers that it shall not change",
        ["adrc test PLAN"],
    )
}
