//! `emergency-number-undecided`: it cannot be said which pattern takes an emergency number.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_analysis::routing::Treatment;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "emergency-number-undecided",
        "it cannot be said which pattern takes an emergency number",
        include_str!("../../pages/emergency-number-undecided.md"),
    ),
    step: Step::Emergency,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let routing = case.routed().into_iter();
    let undecided = routing.flat_map(|routing| &routing.emergency).filter(|known| {
        let is = |treatment| known.route.treatments.contains(treatment);
        // these have causes of their own
        let is_sent_elsewhere = known.flagged_by.is_some() && known.result != known.number;
        let is_lost = is(Treatment::Untaken) || is(Treatment::Blocked);
        is(Treatment::Undecided) && !is_lost && !is_sent_elsewhere
    });
    let found = undecided.map(|known| {
        let (number, result) = (&known.number, &known.result);
        let taken: Vec<String> =
            known.route.patterns.iter().map(|at| case.pattern_words(*at)).collect();
        let taken = match taken.is_empty() {
            true => "a pattern with `@`, or none".to_owned(),
            false => taken.join(", "),
        };
        CAUSE
            .found(format!("adrc cannot say whether the emergency number `{number}` is routed"))
            .because(format!("the rules of {} send out `{result}`", case.rules_words()))
            .because(format!("`{result}` -> {taken}: the numbering plan, or the order, decides"))
            .fix(
                Place::CucmPage,
                "add a route pattern for this number alone, and flag it as an emergency number",
                [format!(
                    "Call Routing > Route/Hunt > Route Pattern: {result}, Is an Emergency Services \
                     Number"
                )],
            )
    });
    found.collect()
}
