//! `unreadable-upload`: a file of the folder of uploaded certificates cannot be read.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::presence::words::{CALENDAR_GUIDE, UPLOAD_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "unreadable-upload",
        "a file of the folder of uploaded certificates cannot be read",
        include_str!("../../pages/unreadable-upload.md"),
    ),
    step: Step::Certificate,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let uploaded = seen.chain.iter().flat_map(|chain| chain.uploaded.iter().flatten());
    let unread = uploaded.filter_map(|one| Some((&one.file, one.certificate.as_ref().err()?)));
    let mut unread = unread.peekable();
    let Some((first, _)) = unread.peek() else { return Vec::new() };
    let found = CAUSE.found(format!("`{first}` is not a certificate that adrc can read")).fix(
        Place::WindowsPrompt,
        "convert it to PEM, and upload it again",
        ["certutil -encode FILE.cer FILE.pem".to_owned(), format!("{UPLOAD_PAGE}: FILE.pem")],
    );
    vec![unread.fold(found, |found, (file, why)| found.because(format!("`{file}`: {why}")))]
}
