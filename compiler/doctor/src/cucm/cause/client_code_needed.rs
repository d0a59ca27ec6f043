//! `client-code-needed`: calls that a rule sends out need a client matter code.

use adr_diagnostic::Finding;

use super::about_rules;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_analysis::routing::Treatment;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "client-code-needed",
        "calls that a rule sends out need a client matter code",
        include_str!("../../pages/client-code-needed.md"),
    ),
    step: Step::Routing,
    sources: &[
        Source::Blog,
        Source::Guide("Cisco Unified Communications Manager, call routing and closest match"),
    ],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let rules = case.with(Treatment::ClientCode);
    let message = |rules: &str| format!("calls of {rules} need a client matter code (CMC)");
    about_rules(&CAUSE, case, rules, message).map(with_advice).into_iter().collect()
}

/// What to do about it.
fn with_advice(found: Found) -> Found {
    found.fix(
        Place::CucmPage,
        "check that the softphones in use can send codes, or route them by a pattern without",
        ["Call Routing > Route/Hunt > Route Pattern: PATTERN, Require Client Matter Code"],
    )
}
