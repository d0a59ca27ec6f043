//! `undecided-tftp-address`: places name different TFTP servers, and which one counts is not
//! documented.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::{Observations, TftpAddress};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "undecided-tftp-address",
        "several places name different TFTP servers, and which one counts is not documented",
        include_str!("../../pages/undecided-tftp-address.md"),
    ),
    step: Step::Configuration,
    sources: &[Source::Guide("Cisco Jabber deployment guides")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let undecided: Vec<&TftpAddress> =
        seen.addresses.iter().flatten().filter(|address| !address.is_certain).collect();
    let Some(first) = undecided.first() else { return Vec::new() };
    let message = format!("it is not certain which `{}` the {} uses", first.name, first.client);
    let mut found = CAUSE.found(message);
    for TftpAddress { name, address, place, reason, .. } in &undecided {
        found = found.because(format!("`{name}` is `{address}` in {place}: {reason}"));
    }
    vec![found.fix(
        Place::ClientPc,
        "set the same server in every place, or remove it from all but one",
        ["adrc provision verify --this-pc"],
    )]
}
