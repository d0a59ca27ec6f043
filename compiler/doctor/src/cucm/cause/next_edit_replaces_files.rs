//! `next-edit-replaces-files`: an edit on the page of CUCM will write other files over these.

use adr_diagnostic::Finding;

use super::because_of;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::compare::{differing_from_database, differing_from_plan};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "next-edit-replaces-files",
        "an edit on the page of CUCM will write other files over these",
        include_str!("../../pages/next-edit-replaces-files.md"),
    ),
    step: Step::Release,
    sources: &[Source::Guide("Cisco Jabber, dial rules: which release publishes them")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let Some(release) = case.release.filter(|release| release.publishes_by_itself()) else {
        return Vec::new();
    };
    let is_deployed = case.seen.plan.is_some() && differing_from_plan(case).is_empty();
    let different = differing_from_database(case);
    if !is_deployed || different.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found(format!(
        "the files are those of the dial plan, and CUCM {release} may write those of its own \
         database over them"
    ));
    vec![
        because_of(found, different)
            .fix(
                Place::Adrc,
                "make the rules in the database of CUCM equal to the dial plan",
                ["adrc push cucm://HOST PLAN"],
            )
            .fix(
                Place::Adrc,
                "or upload the files again after an edit",
                ["adrc deploy cucm://HOST PLAN"],
            ),
    ]
}
