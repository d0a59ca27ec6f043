//! `emergency-number-sent-elsewhere`: a flagged emergency number is sent elsewhere.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_analysis::routing::Treatment;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "emergency-number-sent-elsewhere",
        "a flagged emergency number is sent elsewhere",
        include_str!("../../pages/emergency-number-sent-elsewhere.md"),
    ),
    step: Step::Emergency,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let routing = case.routed().into_iter();
    let elsewhere = routing.flat_map(|routing| &routing.emergency).filter_map(|known| {
        let flagged_by = known.flagged_by?;
        let reaches = [Treatment::Emergency, Treatment::Untaken, Treatment::Blocked];
        let is_other = reaches.iter().all(|treatment| !known.route.treatments.contains(*treatment));
        if !is_other || known.result == known.number {
            return None;
        }
        let (number, result) = (&known.number, &known.result);
        let taken: Vec<String> =
            known.route.patterns.iter().map(|at| case.pattern_words(*at)).collect();
        let found = CAUSE
            .found(format!("the rules send the emergency number `{number}` out as `{result}`"))
            .because(format!("CUCM flags the {}", case.pattern_words(flagged_by)))
            .because(format!("`{number}` -> `{result}` -> {}", taken.join(", ")))
            .fix(
                Place::Adrc,
                "add a rule above the others that keeps the number, and name it in the dial plan",
                [
                    format!(
                        "rule \"Emergency\" {{ begins-with {number}; digits {}; keep }}",
                        number.len()
                    ),
                    format!("emergency {number}"),
                ],
            );
        Some(found)
    });
    elsewhere.collect()
}
