//! `flagged-number-not-in-plan`: the dial plan does not name a flagged emergency number.

use adr_diagnostic::Finding;

use super::{because_of, counted};
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "flagged-number-not-in-plan",
        "the dial plan does not name a flagged emergency number",
        include_str!("../../pages/flagged-number-not-in-plan.md"),
    ),
    step: Step::Emergency,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let names_them = case.seen.plan.as_ref().is_some_and(|plan| plan.emergency.is_some());
    let routing = case.routed().filter(|_| names_them).into_iter();
    let all = routing.flat_map(|routing| &routing.emergency);
    let unnamed: Vec<_> = all
        .filter(|known| !known.is_in_plan)
        .filter_map(|known| Some((&known.number, known.flagged_by?)))
        .collect();
    if unnamed.is_empty() {
        return Vec::new();
    }
    let numbers: Vec<&str> = unnamed.iter().map(|(number, _)| number.as_str()).collect();
    let shown = numbers.iter().take(10).copied().collect::<Vec<_>>().join(" ");
    let found = CAUSE.found(format!(
        "the cluster flags {} that the dial plan does not name",
        counted(numbers.len(), "emergency number")
    ));
    let facts = unnamed
        .iter()
        .map(|(number, at)| format!("`{number}` is a number of the {}", case.pattern_words(*at)));
    vec![because_of(found, facts).fix(
        Place::Adrc,
        "name them in the dial plan, so that adrc proves that no rule changes them",
        [format!("emergency {shown}")],
    )]
}
