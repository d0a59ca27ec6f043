//! `server-name-unknown`: the name of a TFTP server has no address on this machine.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::{FetchFailure, FileOutcome, Observations};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "server-name-unknown",
        "the name of a TFTP server has no address on this machine",
        include_str!("../../pages/server-name-unknown.md"),
    ),
    step: Step::Server,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let mut servers: Vec<(&str, &str)> = Vec::new();
    for file in &seen.files {
        if let FileOutcome::Failed(FetchFailure::NoAddress(text)) = &file.outcome
            && !servers.iter().any(|(server, _)| *server == file.server)
        {
            servers.push((&file.server, text));
        }
    }
    let found = |(server, text): (&str, &str)| {
        CAUSE
            .found(format!("`{server}` has no address"))
            .because(format!("the name servers of this machine say: {text}"))
            .fix(Place::DnsServer, "add an address record", [format!("{server} A ADDRESS")])
            .fix(Place::ClientPc, "see what the client itself gets", [format!("nslookup {server}")])
    };
    servers.into_iter().map(found).collect()
}
