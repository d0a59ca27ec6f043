//! `issuer-has-another-key`: an uploaded issuer has the right name and another key.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::presence::trust::End;
use crate::presence::words::{CALENDAR_GUIDE, RESTART, RESTART_WHAT, UPLOAD_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "issuer-has-another-key",
        "an uploaded issuer has the right name and another key",
        include_str!("../../pages/issuer-has-another-key.md"),
    ),
    step: Step::Certificate,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(walk) = seen.walk() else { return Vec::new() };
    let End::OtherKey(last, namesake) = walk.end else { return Vec::new() };
    let is_itself = last == namesake;
    let message = match is_itself {
        true => {
            format!("the signature of `{}` is not its own, although it names itself", last.subject)
        }
        false => format!("`{}` was not signed by the known key of `{}`", last.subject, last.issuer),
    };
    let key = &namesake.public_key;
    let found = CAUSE
        .found(message)
        .because(format!(
            "the known key is {}, {} bits, {}",
            key.algorithm,
            key.bits,
            short(&key.sha256)
        ))
        .because(format!("its certificate has the serial number {}", namesake.serial))
        .fix(
            Place::WindowsPrompt,
            "export the present certificate of the authority, which was renewed with another key",
            ["certutil -ca.cert ca.cer", "certutil -encode ca.cer ca.pem"],
        )
        .fix(
            Place::CucmPage,
            "upload it, and delete the old one",
            [format!("{UPLOAD_PAGE}: ca.pem")],
        )
        .fix(Place::CucmCommandLine, RESTART_WHAT, [RESTART]);
    vec![found]
}

/// The first digits of a hash.
fn short(hash: &str) -> String {
    hash.chars().take(16).collect()
}
