//! `no-webdav`: `/exchange` does not exist, which is normal since Exchange 2010.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::Found;
use crate::presence::observation::{Endpoint, HttpExchange, Observations};
use crate::presence::words::EXCHANGE_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::note(
        "no-webdav",
        "`/exchange` does not exist, which is normal since Exchange 2010",
        include_str!("../../pages/no-webdav.md"),
    ),
    step: Step::Http,
    sources: &[Source::Blog, EXCHANGE_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let answer = |endpoint| {
        let mut answers = seen.exchanges.iter().filter(move |one| one.endpoint == endpoint);
        answers.find_map(HttpExchange::last_status)
    };
    let has_ews = answer(Endpoint::Ews).is_some_and(|status| status != 404 && status < 500);
    if answer(Endpoint::Exchange) != Some(404) || !has_ews {
        return Vec::new();
    }
    let found = CAUSE
        .found("`/exchange` does not exist, so the gateway has to be one for Exchange Web Services")
        .because("GET /exchange: 404, and `/ews/exchange.asmx` answers");
    vec![found]
}
