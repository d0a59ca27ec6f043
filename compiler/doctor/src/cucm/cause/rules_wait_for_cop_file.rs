//! `rules-wait-for-cop-file`: the rules of CUCM are not published yet.

use adr_diagnostic::Finding;

use super::because_of;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::compare::differing_from_database;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "rules-wait-for-cop-file",
        "the rules of CUCM are not published yet",
        include_str!("../../pages/rules-wait-for-cop-file.md"),
    ),
    step: Step::Release,
    sources: &[Source::Guide("Cisco Jabber, dial rules: which release publishes them")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let Some(release) = case.release.filter(|release| !release.publishes_by_itself()) else {
        return Vec::new();
    };
    if case.seen.plan.is_some() {
        return Vec::new();
    }
    let different = differing_from_database(case);
    if different.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found(format!(
        "release {release} publishes dial rules by COP file only, and the files are not those of its \
         database"
    ));
    vec![
        because_of(found, different)
            .fix(
                Place::CucmCommandLine,
                "install the COP file on every TFTP node, which writes the files",
                ["utils system upgrade initiate", "utils service restart Cisco Tftp"],
            )
            .fix(Place::Adrc, "or upload the files", ["adrc deploy cucm://HOST PLAN"]),
    ]
}
