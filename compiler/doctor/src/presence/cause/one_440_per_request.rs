//! `one-440-per-request`: a single 440 is the login form of OWA, which is normal.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::Found;
use crate::presence::observation::{HttpExchange, Observations};
use crate::presence::seen::{path, statuses};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::note(
        "one-440-per-request",
        "a single 440 is the login form of OWA, which is normal",
        include_str!("../../pages/one-440-per-request.md"),
    ),
    step: Step::Http,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let count = |one: &HttpExchange| one.statuses.iter().filter(|status| **status == 440).count();
    if seen.exchanges.iter().any(|one| count(one) > 1) {
        return Vec::new(); // `repeated-440`
    }
    let once: Vec<_> = seen.exchanges.iter().filter(|one| count(one) == 1).collect();
    if once.is_empty() {
        return Vec::new();
    }
    let found =
        CAUSE.found("the server uses forms-based authentication, and asks for its form once");
    let facts = once.iter().map(|one| format!("{}: {}", path(one.endpoint), statuses(one)));
    vec![facts.fold(found, Found::because)]
}
