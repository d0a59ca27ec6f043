//! `client-file-unavailable`: a TFTP server answers, and does not deliver a file of dial rules.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::client::observation::{FileOutcome, FileSeen, List, Observations};
use crate::client::server::{ServerSeen, failure, servers};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "client-file-unavailable",
        "a TFTP server answers, and does not deliver a file of dial rules",
        include_str!("../../pages/client-file-unavailable.md"),
    ),
    step: Step::File,
    sources: &[Source::Guide("Cisco guides to CSF clients")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let servers = servers(seen);
    // otherwise it is `tftp-server-silent` or `server-name-unknown`
    let answering = servers.iter().filter(|it| it.has_address() && it.answers());
    let found =
        answering.flat_map(|server| List::ALL.into_iter().filter_map(|list| of_list(server, list)));
    found.collect()
}

fn of_list(server: &ServerSeen<'_>, list: List) -> Option<Found> {
    let (name, path) = (server.name, list.path());
    let read = server.of_list(list).find(|file| matches!(file.outcome, FileOutcome::Read(_)));
    // where the file comes by another transport, a silent one is `one-transport-only`
    let counts = |file: &&FileSeen| {
        failure(file).is_some() && (read.is_none() || !server.fails_by(file.transport))
    };
    if !server.of_list(list).any(|file| counts(&file)) {
        return None;
    }
    let found = match read {
        None => CAUSE.found(format!("`{path}` does not come from `{name}`")),
        Some(file) => CAUSE
            .found(format!("`{path}` comes from `{name}` by {} only", file.transport))
            .severity(Severity::Warning),
    };
    let facts = server.of_list(list).filter_map(|file| match &file.outcome {
        FileOutcome::Failed(failure) => Some(format!("{}: {failure}", file.transport)),
        FileOutcome::Missing => Some(format!("{}: no such file", file.transport)),
        FileOutcome::Read(_) => None,
    });
    Some(
        facts
            .fold(found, Found::because)
            .because("the server answers other requests, so the network is not the cause")
            .fix(
                Place::CucmPage,
                "restart the service on this node, and look at its log if it stays",
                ["Cisco Unified Serviceability > Tools > Control Center - Feature Services: Cisco Tftp"],
            )
            .fix(
                Place::Adrc,
                "upload the files again",
                ["adrc deploy PLAN cucm://HOST"],
            ),
    )
}

#[cfg(test)]
mod tests {
    use crate::client::diagnose;
    use crate::client::observation::{
        FetchFailure, FileOutcome, FileSeen, List, Observations, ReadFile, Transport,
    };

    /// Every combination of answers to the four requests of a server.
    #[test]
    fn only_a_server_that_delivers_everything_is_healthy() {
        let outcomes = [
            FileOutcome::Read(ReadFile::of("AppDialRules.xml", b"<DialRules/>", None).0),
            FileOutcome::Missing,
            FileOutcome::Failed(FetchFailure::Status(500)),
            FileOutcome::Failed(FetchFailure::NoAddress("unknown".to_owned())),
        ];
        for number in 0..outcomes.len().pow(4) {
            let digit = |place: u32| number / outcomes.len().pow(place) % outcomes.len();
            let requests = (0..4).map(|place| {
                let transport = if place < 2 { Transport::Http } else { Transport::Tftp };
                let list = List::ALL[usize::from(place % 2 == 1)];
                let outcome = outcomes[digit(place)].clone();
                FileSeen { server: "a".to_owned(), transport, list, milliseconds: 1, outcome }
            });
            let seen = Observations { files: requests.collect(), ..Observations::default() };
            let diagnosis = diagnose(&seen);
            assert_eq!(diagnosis.is_healthy(), number == 0, "{seen:?}: {:?}", diagnosis.names());
        }
    }
}
