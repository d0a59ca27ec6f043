//! `client-ignores-parts`: the client reads a file of dial rules differently than it is written.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::{FileOutcome, Observations};
use crate::client::server::fetch_command;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "client-ignores-parts",
        "the client reads a file of dial rules differently than it is written",
        include_str!("../../pages/client-ignores-parts.md"),
    ),
    step: Step::Rules,
    sources: &[Source::Public("recordings of the real client")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for file in &seen.files {
        let FileOutcome::Read(read) = &file.outcome else { continue };
        if read.rejected.is_some() || read.deviations.is_empty() || known.contains(&&*read.sha256) {
            continue;
        }
        known.push(&read.sha256);
        let (server, path) = (&file.server, file.list.path());
        let fetch = fetch_command(seen, server, file.list);
        let message = format!("the client loses a part of `{path}` of `{server}`");
        let rules = format!("it reads {} rules", read.rules);
        let mut one = CAUSE.found(message).because(rules);
        for deviation in &read.deviations {
            one = one.because(deviation.clone());
        }
        found.push(one.fix(
            Place::Adrc,
            "see each place, and write the file again with adrc",
            [format!("{fetch} && adrc check file.xml")],
        ));
    }
    found
}
