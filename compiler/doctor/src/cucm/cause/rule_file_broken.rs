//! `rule-file-broken`: clients cannot read a rule file to its end.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_diagnostic::visible;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "rule-file-broken",
        "clients cannot read a rule file to its end",
        include_str!("../../pages/rule-file-broken.md"),
    ),
    step: Step::Files,
    sources: &[Source::Guide("Cisco Unified Communications Manager, TFTP and services")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let broken = case.files().filter_map(|(node, file, content)| {
        let error = content.error.as_ref()?;
        let (name, path) = (visible(&node.name), visible(&file.path));
        let found = CAUSE
            .found(format!("clients cannot read `{path}` on `{name}`"))
            .because(format!(
                "a client applies no rule of its {} bytes: {}",
                content.bytes,
                visible(error)
            ))
            .fix(
                Place::Adrc,
                "see where it breaks, and upload it again",
                [
                    format!("curl -o AppDialRules.xml http://{name}:6970/{path}"),
                    "adrc check AppDialRules.xml".to_owned(),
                    "adrc deploy cucm://HOST PLAN".to_owned(),
                ],
            );
        Some(found)
    });
    broken.collect()
}
