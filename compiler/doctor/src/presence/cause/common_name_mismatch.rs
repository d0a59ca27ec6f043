//! `common-name-mismatch`: the gateway is not the common name of the certificate.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::Found;
use crate::presence::names::{is_same_but_for_case, quoted, write_the_name};
use crate::presence::observation::Observations;
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "common-name-mismatch",
        "the gateway is not the common name of the certificate",
        include_str!("../../pages/common-name-mismatch.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Blog, CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(leaf) = seen.leaf() else { return Vec::new() };
    if leaf.alternative_names.is_some() || leaf.wildcard_covers(&seen.gateway) {
        return Vec::new();
    }
    let (gateway, names) = (&seen.gateway, &leaf.common_names);
    if names.contains(gateway) {
        return Vec::new();
    }
    let message = match &names[..] {
        [] => format!("the gateway is `{gateway}`, and the certificate has no common name"),
        names => {
            format!("the gateway is `{gateway}`, but the certificate is for {}", quoted(names))
        }
    };
    let mut found = CAUSE
        .found(message)
        .because("the certificate has no subject alternative names, so its common name counts")
        .because(format!("its subject is `{}`", leaf.subject));
    if names.iter().any(|name| is_same_but_for_case(name, gateway)) {
        found = found.severity(Severity::Warning).because(
            "both differ in case only; the guides say that they must be equal, and no public text \
             says whether case matters",
        );
    }
    vec![write_the_name(found, seen, names)]
}
