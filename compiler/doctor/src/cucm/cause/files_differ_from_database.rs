//! `files-differ-from-database`: the files on the nodes are not those of CUCM's own rules.

use adr_diagnostic::Finding;

use super::because_of;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::compare::differing_from_database;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "files-differ-from-database",
        "the files on the nodes are not those of CUCM's own rules",
        include_str!("../../pages/files-differ-from-database.md"),
    ),
    step: Step::Files,
    sources: &[Source::Guide("Cisco Jabber, dial rules: which release publishes them")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let publishes = case.release.is_none_or(adr_cucm::Release::publishes_by_itself);
    if !publishes || case.seen.plan.is_some() {
        return Vec::new();
    }
    let different = differing_from_database(case);
    if different.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found("clients get other rules than those in the database of CUCM");
    vec![
        because_of(found, different)
            .fix(
                Place::CucmCommandLine,
                "restart the service on every TFTP node, so that it reads the files again",
                ["utils service restart Cisco Tftp"],
            )
            .fix(
                Place::Adrc,
                "or, if the files come from a dial plan, compare with that",
                ["adrc doctor cucm cucm://HOST PLAN"],
            ),
    ]
}
