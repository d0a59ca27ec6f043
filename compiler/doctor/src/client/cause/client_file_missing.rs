//! `client-file-missing`: a TFTP server has no file of dial rules.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::{FileOutcome, List, Observations};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "client-file-missing",
        "a TFTP server has no file of dial rules",
        include_str!("../../pages/client-file-missing.md"),
    ),
    step: Step::File,
    sources: &[Source::Blog, Source::Guide("Cisco guides to CSF clients")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let of_list = |list: List| {
        let missing = seen.files.iter().filter(|it| it.list == list);
        let missing: Vec<_> =
            missing.filter(|file| matches!(file.outcome, FileOutcome::Missing)).collect();
        if missing.is_empty() {
            return None;
        }
        let path = list.path();
        let mut found = CAUSE.found(format!("`{path}` is not on every server"));
        for file in &missing {
            found =
                found.because(format!("`{}` has no such file by {}", file.server, file.transport));
        }
        Some(
            found
                .fix(Place::Adrc, "serve the files with adrc", ["adrc serve PLAN"])
                .fix(
                    Place::Adrc,
                    "or upload them to the TFTP nodes of CUCM, and restart Cisco Tftp",
                    ["adrc deploy PLAN cucm://HOST"],
                )
                .fix(
                    Place::CucmCommandLine,
                    "or, up to release 8.6(1), install the COP file that publishes the rules",
                    ["utils system upgrade initiate"],
                ),
        )
    };
    List::ALL.into_iter().filter_map(of_list).collect()
}
