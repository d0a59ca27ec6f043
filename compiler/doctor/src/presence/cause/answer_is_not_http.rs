//! `answer-is-not-http`: what answers inside TLS is not a web server.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HttpFailure, Observations};
use crate::presence::seen::path;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "answer-is-not-http",
        "what answers inside TLS is not a web server",
        include_str!("../../pages/answer-is-not-http.md"),
    ),
    step: Step::Http,
    sources: &[Source::Standard("RFC 9110")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let foreign = seen.exchanges.iter().filter(|one| one.failure == Some(HttpFailure::NotHttp));
    let foreign: Vec<_> = foreign.collect();
    if foreign.is_empty() {
        return Vec::new();
    }
    let port = seen.port;
    let found = CAUSE.found(format!("what answers on port {port} is not a web server")).fix(
        Place::WindowsPrompt,
        "look which program listens on the port",
        [format!("netstat -anob | findstr :{port}")],
    );
    let facts =
        foreign.iter().map(|one| format!("the answer to GET {} is not HTTP", path(one.endpoint)));
    vec![facts.fold(found, Found::because)]
}
