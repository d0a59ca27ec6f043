//! `authorization-code-needed`: calls that a rule sends out need an authorization code.

use adr_diagnostic::Finding;

use super::{because_of, counted};
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_analysis::routing::Treatment;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "authorization-code-needed",
        "calls that a rule sends out need an authorization code",
        include_str!("../../pages/authorization-code-needed.md"),
    ),
    step: Step::Routing,
    sources: &[
        Source::Blog,
        Source::Guide("Cisco Unified Communications Manager, call routing and closest match"),
    ],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let rules: Vec<_> = case.with(Treatment::AuthorizationCode).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found(format!(
        "calls of {} need a forced authorization code (FAC)",
        counted(rules.len(), "rule")
    ));
    let facts = rules.iter().map(|(rule, example)| {
        format!("{}: {}", case.rule_words(rule.rule), case.example_words(example))
    });
    vec![because_of(found, facts).fix(
        Place::CucmPage,
        "check that the softphones in use can send codes, or route them by a pattern without",
        ["Call Routing > Route/Hunt > Route Pattern: PATTERN, Require Forced Authorization Code"],
    )]
}
