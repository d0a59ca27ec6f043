//! `rule-files-differ`: servers or transports have different files of the same list.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::{FileOutcome, FileSeen, List, Observations, ReadFile};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "rule-files-differ",
        "servers or transports have different files of the same list",
        include_str!("../../pages/rule-files-differ.md"),
    ),
    step: Step::File,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    List::ALL.into_iter().filter_map(|list| of_list(list, seen)).collect()
}

fn of_list(list: List, seen: &Observations) -> Option<Found> {
    let read = |file: &'_ FileSeen| match &file.outcome {
        FileOutcome::Read(read) if file.list == list => Some(read.clone()),
        _ => None,
    };
    let files: Vec<(&FileSeen, ReadFile)> =
        seen.files.iter().filter_map(|file| Some((file, read(file)?))).collect();
    let (_, first) = files.first()?;
    if files.iter().all(|(_, file)| file.sha256 == first.sha256) {
        return None;
    }
    let message = format!("clients get different rules from `{}`", list.path());
    let mut found = CAUSE.found(message);
    for (file, read) in &files {
        let digest: String = read.sha256.chars().take(12).collect();
        let (server, transport, rules) = (&file.server, file.transport, read.rules);
        found =
            found.because(format!("`{server}` by {transport}: {rules} rules, SHA-256 {digest}…"));
    }
    Some(
        found
            .fix(
                Place::Adrc,
                "upload the files to every TFTP node",
                ["adrc deploy PLAN cucm://HOST"],
            )
            .fix(
                Place::CucmPage,
                "restart the service on each node: it serves what it had when it started",
                ["Cisco Unified Serviceability > Tools > Control Center - Feature Services: Cisco Tftp"],
            ),
    )
}
