//! `client-older-than-rules`: a client program runs since before the rules changed.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::Observations;
use crate::found::{Found, Place};
use crate::log::time::shown;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "client-older-than-rules",
        "a client program runs since before the rules changed",
        include_str!("../../pages/client-older-than-rules.md"),
    ),
    step: Step::Rules,
    sources: &[Source::Blog, Source::Guide("Cisco Jabber deployment guides")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(changed) = seen.changed else { return Vec::new() };
    let is_older = |started: Option<i64>| started.is_some_and(|started| started < changed);
    let older = seen.processes.iter().flatten().filter(|process| is_older(process.started));
    let found = older.map(|process| {
        let name = &process.name;
        let started = shown(process.started.unwrap_or_default(), 0);
        CAUSE
            .found(format!("`{name}` may still use the rules of before"))
            .because(format!("it runs since {started} UTC"))
            .because(format!("the rules changed on {} UTC", shown(changed, 0)))
            .fix(
                Place::ClientPc,
                "end the program, also in the Task Manager: some applications leave cucsf.exe \
                 running",
                [format!("taskkill /F /IM {}.exe", name.trim_end_matches(".exe"))],
            )
    });
    found.collect()
}
