//! `rule-file-missing`: a TFTP node does not have a rule file.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::case::node_files;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_diagnostic::visible;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "rule-file-missing",
        "a TFTP node does not have a rule file",
        include_str!("../../pages/rule-file-missing.md"),
    ),
    step: Step::Files,
    sources: &[Source::Guide("Cisco Jabber, dial rules: which release publishes them")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let nodes = case.seen.nodes.iter().flatten();
    let missing = nodes.filter_map(|node| {
        let files: Vec<_> = node_files(node).collect();
        let has = |is_application| {
            files.iter().any(|one| one.is_application() == is_application && one.sha256.is_some())
        };
        let kinds = [(true, "AppDialRules.xml"), (false, "DirLookupDialRules.xml")];
        let missing: Vec<&str> = kinds
            .into_iter()
            .filter(|(is_application, _)| !files.is_empty() && !has(*is_application))
            .map(|(_, name)| name)
            .collect();
        if missing.is_empty() {
            return None;
        }
        let name = visible(&node.name);
        let found = CAUSE
            .found(format!("`{name}` has no file {}", missing.join(" and no file ")))
            .because(format!(
                "HTTP 404 for {}",
                files
                    .iter()
                    .filter(|one| one.sha256.is_none())
                    .map(|one| visible(&one.path).into_owned())
                    .collect::<Vec<_>>()
                    .join(", ")
            ))
            .fix(Place::Adrc, "upload the files", ["adrc deploy cucm://HOST PLAN"]);
        Some(found)
    });
    missing.collect()
}
