//! `rule-file-invalid`: the client rejects a whole file of dial rules.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::{FileOutcome, Observations};
use crate::client::server::fetch_command;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "rule-file-invalid",
        "the client rejects a whole file of dial rules",
        include_str!("../../pages/rule-file-invalid.md"),
    ),
    step: Step::File,
    sources: &[Source::Public("recordings of the real client")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for file in &seen.files {
        let FileOutcome::Read(read) = &file.outcome else { continue };
        let Some(why) = &read.rejected else { continue };
        let (server, transport, path) = (&file.server, file.transport, file.list.path());
        let fetch = fetch_command(seen, server, file.list);
        let message = format!("the client has no rules from `{path}` of `{server}` by {transport}");
        let mut one = CAUSE.found(message).because(format!("{why}; it has {} bytes", read.bytes));
        if read.is_page {
            one = one.because("it is a web page, for example of a login or of a proxy");
        }
        found.push(
            one.fix(
                Place::Adrc,
                "find the place in the file",
                [format!("{fetch} && adrc check file.xml")],
            )
            .fix(
                Place::Adrc,
                "publish the files again",
                ["adrc deploy PLAN cucm://HOST"],
            ),
        );
    }
    found
}
