//! `issuer-missing`: an issuer of the certificate was not uploaded.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::presence::trust::End;
use crate::presence::words::{CALENDAR_GUIDE, RESTART, RESTART_WHAT, UPLOAD_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "issuer-missing",
        "an issuer of the certificate was not uploaded",
        include_str!("../../pages/issuer-missing.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Blog, CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(chain) = &seen.chain else { return Vec::new() };
    let Some(uploaded) = &chain.uploaded else { return Vec::new() };
    let Some(walk) = seen.walk() else { return Vec::new() };
    let (message, fact, issuer) = match walk.end {
        End::NotUploaded(root)
            if walk.certificates.len() == 1 && root.is_authority != Some(true) =>
        {
            return Vec::new(); // uploading it would not help: `issuer-without-ca-bit`
        }
        End::NotUploaded(root) => (
            format!("`{}` was not uploaded as Presence Engine trust", root.subject),
            "the server sends it, and it is the last issuer of the chain".to_owned(),
            &root.subject,
        ),
        End::Missing(last) if !chain.readable().any(|one| chain.leaf() == Some(one)) => (
            format!("the issuer `{}` was not uploaded as Presence Engine trust", last.issuer),
            format!("it issued `{}`, and the server does not send it", last.subject),
            &last.issuer,
        ),
        End::TooLong => (
            "the chain of issuers has too many certificates".to_owned(),
            format!("adrc followed {} of them", walk.certificates.len()),
            &walk.certificates[0].issuer,
        ),
        _ => return Vec::new(),
    };
    let found = CAUSE
        .found(message)
        .because(fact)
        .because(format!("files in the folder of uploaded certificates: {}", uploaded.len()))
        .fix(
            Place::WindowsPrompt,
            format!("export the certificate of `{issuer}` on the certification authority"),
            ["certutil -ca.cert ca.cer", "certutil -encode ca.cer ca.pem"],
        )
        .fix(Place::CucmPage, "upload it", [format!("{UPLOAD_PAGE}: ca.pem")])
        .fix(Place::CucmCommandLine, RESTART_WHAT, [RESTART]);
    vec![found]
}
