//! `identity-certificate-uploaded`: the certificate of the server was uploaded in place of its
//! issuer.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::presence::trust::End;
use crate::presence::words::{RESTART, RESTART_WHAT, UPLOAD_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "identity-certificate-uploaded",
        "the certificate of the server was uploaded in place of its issuer",
        include_str!("../../pages/identity-certificate-uploaded.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(chain) = &seen.chain else { return Vec::new() };
    let (Some(walk), Some(leaf)) = (seen.walk(), chain.leaf()) else { return Vec::new() };
    let (End::Missing(last), true) = (walk.end, chain.has_uploaded(leaf)) else {
        return Vec::new();
    };
    let files = chain.uploaded.iter().flatten();
    let file = files.clone().find(|one| one.certificate.as_ref() == Ok(leaf));
    let file = file.map_or_else(String::new, |one| format!(", file `{}`", one.file));
    let found = CAUSE
        .found(format!("`{}` was uploaded, but not its issuer `{}`", leaf.subject, last.issuer))
        .because(format!("the uploaded certificate is the one that the server sends{file}"))
        .because(format!("no uploaded certificate signed `{}`", last.subject))
        .fix(
            Place::WindowsPrompt,
            format!("export the certificate of `{}` on the certification authority", last.issuer),
            ["certutil -ca.cert ca.cer", "certutil -encode ca.cer ca.pem"],
        )
        .fix(Place::CucmPage, "upload it", [format!("{UPLOAD_PAGE}: ca.pem")])
        .fix(Place::CucmCommandLine, RESTART_WHAT, [RESTART]);
    vec![found]
}
