//! `rule-reaches-no-pattern`: no pattern takes anything that a rule sends out.

use adr_diagnostic::Finding;

use super::{because_of, counted};
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_analysis::routing::{Treatment, Treatments};

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "rule-reaches-no-pattern",
        "no pattern takes anything that a rule sends out",
        include_str!("../../pages/rule-reaches-no-pattern.md"),
    ),
    step: Step::Routing,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let only = Treatments::from(Treatment::Untaken);
    let rules = case.with(Treatment::Untaken);
    let rules: Vec<_> = rules.filter(|(rule, _)| rule.treatments() == only).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found(format!(
        "no route or translation pattern takes any result of {}",
        counted(rules.len(), "rule")
    ));
    let facts = rules.iter().map(|(rule, example)| {
        format!("{}: {}", case.rule_words(rule.rule), case.example_words(example))
    });
    vec![
        because_of(found, facts)
            .fix(
                Place::CucmPage,
                "add a route pattern for the results, unless directory numbers take them",
                ["Call Routing > Route/Hunt > Route Pattern: PATTERN"],
            )
            .fix(Place::Adrc, "or correct the rule", ["adrc dial PLAN NUMBER"]),
    ]
}
