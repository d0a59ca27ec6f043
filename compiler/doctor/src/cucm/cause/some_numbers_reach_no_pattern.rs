//! `some-numbers-reach-no-pattern`: no pattern takes some of what a rule sends out.

use adr_diagnostic::Finding;

use super::{about_rules, with_a_route};
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::Found;
use crate::step::Step;
use adr_analysis::routing::{Treatment, Treatments};

static CAUSE: Cause = Cause {
    finding: Finding::note(
        "some-numbers-reach-no-pattern",
        "no pattern takes some of what a rule sends out",
        include_str!("../../pages/some-numbers-reach-no-pattern.md"),
    ),
    step: Step::Routing,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let only = Treatments::from(Treatment::Untaken);
    let rules = case.with(Treatment::Untaken).filter(|(rule, _)| rule.treatments() != only);
    let message =
        |rules: &str| format!("no route or translation pattern takes some results of {rules}");
    about_rules(&CAUSE, case, rules, message).map(with_a_route).into_iter().collect()
}
