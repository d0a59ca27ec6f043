//! `no-tftp-address`: the settings of the client name no TFTP server.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::Observations;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "no-tftp-address",
        "the settings of the client name no TFTP server",
        include_str!("../../pages/no-tftp-address.md"),
    ),
    step: Step::Configuration,
    sources: &[Source::Blog, Source::Guide("Cisco guides to CSF clients")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    if seen.addresses.as_ref().is_none_or(|addresses| !addresses.is_empty()) {
        return Vec::new();
    }
    let found = CAUSE
        .found("no place that the client reads has a TFTP server")
        .because("neither `TftpServer1` nor `TFTP` is set in the settings that were read")
        .fix(
            Place::Adrc,
            "make the settings from a profile, and distribute them",
            ["adrc provision PROFILE -o FOLDER"],
        )
        .fix(
            Place::ClientPc,
            "set the server by hand to try it",
            [
                "reg add \"HKCU\\Software\\Cisco Systems, Inc.\\Client Services Framework\\AdminData\" \
                 /v TftpServer1 /t REG_SZ /d ADDRESS /f",
            ],
        );
    vec![found]
}
