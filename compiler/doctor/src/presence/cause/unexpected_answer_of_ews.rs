//! `unexpected-answer-of-ews`: the gateway answers with a status that Exchange Web Services do not
//! send to a request without an account.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Endpoint, HttpExchange, Observations};
use crate::presence::seen::{path, statuses};
use crate::presence::words::{CALENDAR_GUIDE, GATEWAY_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "unexpected-answer-of-ews",
        "the answer of the gateway is not one of Exchange Web Services",
        include_str!("../../pages/unexpected-answer-of-ews.md"),
    ),
    step: Step::Http,
    sources: &[CALENDAR_GUIDE, Source::Standard("RFC 9110")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_other =
        |one: &&HttpExchange| one.page_outside().is_none() && one.last_status() != Some(200);
    let Some(one) = seen.strange_answers().find(is_other) else { return Vec::new() };
    let service = path(Endpoint::Ews);
    let mut found = CAUSE
        .found(format!("`{service}` answers {}, and does not ask for an account", statuses(one)))
        .because(format!("GET {service}: {}; Exchange answers 401", statuses(one)));
    if let Some(meaning) = one.last_status().and_then(meaning) {
        found = found.because(meaning);
    }
    let found = found
        .fix(
            Place::Network,
            "look which proxy or load balancer answers, and let it pass this path on to Exchange",
            [format!("{service}: to the client access server")],
        )
        .fix(
            Place::CucmPage,
            "or enter the client access server itself",
            [format!("{GATEWAY_PAGE}: HOST")],
        );
    vec![found]
}

/// What a status says of the server, where that helps.
fn meaning(status: u16) -> Option<&'static str> {
    Some(match status {
        300..=399 => "it is a redirect that names no place, or one that nobody follows",
        405 => "405 says that the server does not know this kind of request for the path",
        407 => "407 comes from a proxy that wants an account of its own",
        408 => "408 says that the server waited too long for the request",
        413 => "413 says that the request is too large for the server",
        429 => "429 says that there were too many requests; look again after some minutes",
        440 => "440 is the login form of Outlook Web App, which EWS do not have",
        _ => return None,
    })
}
