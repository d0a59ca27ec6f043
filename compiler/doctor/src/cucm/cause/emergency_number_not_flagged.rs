//! `emergency-number-not-flagged`: no flagged pattern takes an emergency number of the plan.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_analysis::routing::Treatment;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "emergency-number-not-flagged",
        "no flagged pattern takes an emergency number of the plan",
        include_str!("../../pages/emergency-number-not-flagged.md"),
    ),
    step: Step::Emergency,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let has_flags = case.seen.patterns.as_ref().is_some_and(|one| one.has_emergency_flags);
    let routing = case.routed().filter(|_| has_flags).into_iter();
    let known =
        [Treatment::Emergency, Treatment::Untaken, Treatment::Blocked, Treatment::Undecided];
    let unflagged = routing.flat_map(|routing| &routing.emergency).filter(|one| {
        let treatments = one.route.treatments;
        one.is_in_plan && known.iter().all(|treatment| !treatments.contains(*treatment))
    });
    let found = unflagged.map(|one| {
        let (number, result) = (&one.number, &one.result);
        let taken: Vec<String> =
            one.route.patterns.iter().map(|at| case.pattern_words(*at)).collect();
        CAUSE
            .found(format!("the pattern that takes the emergency number `{number}` is not flagged"))
            .because(format!("`{number}` -> `{result}` -> {}", taken.join(", ")))
            .fix(
                Place::CucmPage,
                "flag the pattern, or add one for this number alone",
                [format!(
                    "Call Routing > Route/Hunt > Route Pattern: {result}, Is an Emergency Services \
                     Number"
                )],
            )
    });
    found.collect()
}
