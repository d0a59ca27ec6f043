//! `emergency-number-not-routed`: an emergency number reaches no route.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_analysis::routing::Treatment;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "emergency-number-not-routed",
        "an emergency number reaches no route",
        include_str!("../../pages/emergency-number-not-routed.md"),
    ),
    step: Step::Emergency,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let routing = case.routed().into_iter();
    let lost = routing.flat_map(|routing| &routing.emergency).filter_map(|known| {
        let is = |treatment| known.route.treatments.contains(treatment);
        let why = match (is(Treatment::Untaken), is(Treatment::Blocked)) {
            (true, _) => "no route or translation pattern takes it".to_owned(),
            (_, true) => {
                let patterns = known.route.patterns.iter().map(|at| case.pattern_words(*at));
                format!("it is blocked by the {}", patterns.collect::<Vec<_>>().join(", "))
            }
            _ => return None,
        };
        let (number, result) = (&known.number, &known.result);
        let found = CAUSE
            .found(format!("the emergency number `{number}` reaches no route"))
            .because(format!("the rules of {} send out `{result}`", case.rules_words()))
            .because(why)
            .fix(
                Place::CucmPage,
                "add a route pattern for the number, and flag it as an emergency number",
                [format!(
                    "Call Routing > Route/Hunt > Route Pattern: {result}, Is an Emergency Services \
                     Number"
                )],
            );
        Some(found)
    });
    lost.collect()
}
