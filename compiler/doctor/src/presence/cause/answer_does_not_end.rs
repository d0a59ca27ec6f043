//! `answer-does-not-end`: an answer of the web server does not come, or does not end.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::{HttpFailure, Observations};
use crate::presence::seen::path;
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "answer-does-not-end",
        "an answer of the web server does not come, or does not end",
        include_str!("../../pages/answer-does-not-end.md"),
    ),
    step: Step::Http,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let cut = seen.exchanges.iter().filter_map(|one| {
        let way = match one.failure {
            Some(HttpFailure::TimedOut) => "did not come, or did not end, within",
            Some(HttpFailure::Broken) => "broke off after",
            Some(HttpFailure::TooLarge) => "was too large after",
            _ => return None,
        };
        Some(format!("the answer to GET {} {way} {} ms", path(one.endpoint), one.milliseconds))
    });
    let facts: Vec<String> = cut.collect();
    if facts.is_empty() {
        return Vec::new();
    }
    let found = CAUSE
        .found("the web server does not finish its answer")
        .fix(
            Place::WindowsPrompt,
            "recycle the application pools of Exchange",
            [r"%windir%\system32\inetsrv\appcmd recycle apppool /apppool.name:NAME"],
        )
        .fix(
            Place::Network,
            "look whether a proxy or a load balancer on the way holds the connection",
            [format!("traceroute {}", seen.gateway)],
        );
    vec![facts.into_iter().fold(found, Found::because)]
}
