//! `softphone-with-precedence`: softphones are set up for MLPP, which they do not support.

use adr_diagnostic::Finding;

use super::counted;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "softphone-with-precedence",
        "softphones are set up for MLPP, which they do not support",
        include_str!("../../pages/softphone-with-precedence.md"),
    ),
    step: Step::Routing,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let Some(mlpp) = case.seen.mlpp.as_ref().filter(|mlpp| mlpp.with_precedence > 0) else {
        return Vec::new();
    };
    let found = CAUSE
        .found(format!(
            "{} set up for precedence (MLPP), which softphones do not support",
            match mlpp.with_precedence {
                1 => "1 softphone is".to_owned(),
                more => format!("{more} softphones are"),
            }
        ))
        .because(format!(
            "{} of {} have an MLPP domain, MLPP Indication `On` or Preemption `Forceful`",
            mlpp.with_precedence,
            counted(mlpp.softphones, "device")
        ))
        .because(format!("the cluster has {}", counted(mlpp.domains.len(), "MLPP domain")))
        .fix(
            Place::CucmPage,
            "reset the settings of the softphones",
            ["Device > Phone: CSF…, MLPP Domain: None, MLPP Indication: Off, MLPP Preemption: Disabled"],
        );
    vec![found]
}
