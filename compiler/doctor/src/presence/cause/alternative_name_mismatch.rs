//! `alternative-name-mismatch`: the gateway is not among the subject alternative names.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::Found;
use crate::presence::names::{is_same_but_for_case, quoted, write_the_name};
use crate::presence::observation::{AlternativeName, Observations};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "alternative-name-mismatch",
        "the gateway is not among the subject alternative names",
        include_str!("../../pages/alternative-name-mismatch.md"),
    ),
    step: Step::Certificate,
    sources: &[CALENDAR_GUIDE, Source::Standard("RFC 6125")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(leaf) = seen.leaf() else { return Vec::new() };
    let Some(alternatives) = &leaf.alternative_names else { return Vec::new() };
    let (gateway, names) = (&seen.gateway, leaf.alternative_hosts());
    if names.contains(gateway) || leaf.wildcard_covers(gateway) {
        return Vec::new();
    }
    let message = match names.is_empty() {
        true => format!("the gateway is `{gateway}`, and no alternative name is a host"),
        false => {
            format!("the gateway is `{gateway}`, but the certificate is for {}", quoted(&names))
        }
    };
    let others = alternatives.iter().filter(|one| matches!(one, AlternativeName::Other(_))).count();
    let mut found = CAUSE.found(message).because(format!(
        "the certificate has {} alternative names for hosts and {others} others",
        names.len(),
    ));
    if leaf.common_names.contains(gateway) {
        found = found.because(format!(
            "its common name is `{gateway}`, which does not count beside alternative names"
        ));
    }
    let is_near = names.iter().any(|name| is_same_but_for_case(name, gateway));
    let counts_perhaps = names.is_empty() && leaf.common_names.contains(gateway);
    if is_near {
        found = found.because(
            "one name differs in case only; the guides say that both must be equal, and no public \
             text says whether case matters",
        );
    }
    if is_near || counts_perhaps {
        found = found.severity(Severity::Warning);
    }
    vec![write_the_name(found, seen, &names)]
}
