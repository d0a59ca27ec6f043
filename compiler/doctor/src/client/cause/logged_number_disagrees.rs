//! `logged-number-disagrees`: a log of the client has other numbers than the rules give.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::{LoggedNumber, Observations};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "logged-number-disagrees",
        "a log of the client has other numbers than the rules give",
        include_str!("../../pages/logged-number-disagrees.md"),
    ),
    step: Step::Rules,
    sources: &[Source::Public("nothing: no public text describes these lines")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(log) = seen.numbers.as_ref().filter(|log| log.disagreements > 0) else {
        return Vec::new();
    };
    let lines = match log.disagreements {
        1 => "1 line of the log has another number than the rules give".to_owned(),
        count => format!("{count} lines of the log have other numbers than the rules give"),
    };
    let mut found = CAUSE.found(lines);
    for LoggedNumber { before, after, expected } in &log.disagreeing {
        found = found.because(format!("`{before}` became `{after}`; the rules give `{expected}`"));
    }
    if log.agreeing > 0 {
        found = found.because(format!("{} other lines agree with the rules", log.agreeing));
    }
    vec![found.fix(
        Place::ClientPc,
        "restart the client, so that it fetches the rules, and dial again",
        ["taskkill /F /IM cucsf.exe", "taskkill /F /IM CiscoJabber.exe"],
    )]
}
