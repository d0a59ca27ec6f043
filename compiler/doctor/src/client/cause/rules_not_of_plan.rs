//! `rules-not-of-plan`: a server has other rules than the dial plan.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::{FileOutcome, Observations, PlanMatch};
use crate::client::server::fetch_command;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "rules-not-of-plan",
        "a server has other rules than the dial plan",
        include_str!("../../pages/rules-not-of-plan.md"),
    ),
    step: Step::Rules,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for file in &seen.files {
        let FileOutcome::Read(read) = &file.outcome else { continue };
        let Some(PlanMatch::Other { planned }) = read.plan else { continue };
        if known.contains(&&*read.sha256) || read.rejected.is_some() {
            continue;
        }
        known.push(&read.sha256);
        let (server, path) = (&file.server, file.list.path());
        let fetch = fetch_command(seen, server, file.list);
        let one = CAUSE
            .found(format!("`{path}` of `{server}` is not what the dial plan makes"))
            .because(format!("it has {} rules, and the plan has {planned}", read.rules))
            .because("no site of the plan has these rules either");
        found.push(
            one.fix(
                Place::Adrc,
                "see what is different",
                [format!("{fetch} && adrc diff file.xml PLAN")],
            )
            .fix(Place::Adrc, "publish the plan", ["adrc deploy PLAN cucm://HOST"]),
        );
    }
    found
}
