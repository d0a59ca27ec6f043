//! `tftp-server-silent`: a TFTP server of the client answers neither by HTTP nor by TFTP.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::Observations;
use crate::client::server::{ServerSeen, servers};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "tftp-server-silent",
        "a TFTP server of the client answers neither by HTTP nor by TFTP",
        include_str!("../../pages/tftp-server-silent.md"),
    ),
    step: Step::Server,
    sources: &[Source::Blog, Source::Guide("Cisco guides to CSF clients")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let silent = servers(seen).into_iter().filter(ServerSeen::is_silent);
    let found = silent.map(|server| {
        let name = server.name;
        let mut found = CAUSE.found(format!("`{name}` answers by no transport"));
        for fact in server.failures() {
            found = found.because(fact);
        }
        found
            .fix(
                Place::CucmPage,
                "check that the service runs on this node",
                ["Cisco Unified Serviceability > Tools > Control Center - Feature Services: Cisco Tftp"],
            )
            .fix(
                Place::Network,
                "let the client reach the server",
                [format!("{name}: {}", seen.ports.words())],
            )
    });
    found.collect()
}
