//! `only-ten-gateways-have-a-status`: the status page shows the first ten gateways only, which is
//! normal.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::Found;
use crate::presence::observation::{Observations, Symptom};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::note(
        "only-ten-gateways-have-a-status",
        "the status page shows the first ten gateways only, which is normal",
        include_str!("../../pages/only-ten-gateways-have-a-status.md"),
    ),
    step: Step::PresenceServer,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

/// How many gateways the page shows a status of.
const SHOWN: usize = 10;

fn find(seen: &Observations) -> Vec<Found> {
    let count = seen.server.gateways.as_ref().map_or(0, Vec::len);
    let is_seen = seen.symptoms.contains(&Symptom::GatewayWithoutStatus);
    let fact = match count > SHOWN {
        true => format!("the table has {count} gateways"),
        false if is_seen => "a gateway has no status, by `--symptom`".to_owned(),
        false => return Vec::new(),
    };
    let found = CAUSE
        .found(format!(
            "the page shows the status of the first {SHOWN} gateways; `adrc doctor presence` looks at each"
        ))
        .because(fact);
    vec![found]
}
