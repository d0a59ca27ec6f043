//! Which steps of the path were looked at, with a short fact for each.

use super::observation::{
    Connection, ConnectionFailure, Endpoint, EwsAnswer, Handshake, HttpExchange, Observations,
    Resolution, UserForm,
};
use crate::step::Step;

/// The steps that were looked at, with a short fact for each.
pub(super) fn facts(seen: &Observations) -> Vec<(Step, String)> {
    let certificate = seen.leaf().map(|leaf| {
        format!("{}, until {}", name_of(&leaf.common_names, &leaf.subject), day(leaf.not_after))
    });
    let http: Vec<_> = seen.exchanges.iter().filter(|one| one.user.is_none()).collect();
    let account = seen.exchanges.iter().filter(|one| one.user.is_some() && one.is_verdict());
    // when the time ended between the forms of a name, a rejected one says nothing yet
    let account: Vec<_> = account.filter(|one| !seen.is_cut || !one.is_unauthorized()).collect();
    let facts = [
        (Step::Dns, seen.resolution.as_ref().map(resolution)),
        (Step::Tcp, some(&seen.connections, connections)),
        (Step::Tls, seen.handshake.as_ref().map(handshake)),
        (Step::Certificate, certificate),
        (Step::Http, some(&http, exchanges)),
        (Step::Account, some(&account, exchanges)),
        (Step::Mailbox, some(&seen.ews, answers)),
    ];
    facts.into_iter().filter_map(|(step, fact)| Some((step, fact?))).collect()
}

fn some<T>(all: &[T], fact: impl Fn(&[T]) -> String) -> Option<String> {
    (!all.is_empty()).then(|| fact(all))
}

/// The common names of a certificate, or its subject.
fn name_of(common_names: &[String], subject: &str) -> String {
    match common_names {
        [] => subject.to_owned(),
        names => names.join(", "),
    }
}

/// A time in seconds since 1970 UTC as a date, `2027-03-01`.
///
/// Years before 0 and after 9999 are shown as the nearest date in range.
pub(super) fn day(seconds: i64) -> String {
    const FIRST: i64 = -62_167_219_200;
    const LAST: i64 = 253_402_300_799;
    let days = seconds.clamp(FIRST, LAST).div_euclid(86_400);
    // Howard Hinnant's civil_from_days: eras of 400 years that begin on 1 March
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn resolution(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Address(address) => format!("{address} is an address"),
        Resolution::Addresses(addresses) => {
            let all: Vec<_> = addresses.iter().take(3).map(ToString::to_string).collect();
            let more = if addresses.len() > 3 { ", …" } else { "" };
            format!("{}{more}", all.join(", "))
        }
        Resolution::UnknownName => "no name server knows the name".to_owned(),
        Resolution::NoAnswer(_) => "no name server answered".to_owned(),
    }
}

fn connections(all: &[Connection]) -> String {
    let open = all.iter().find(|one| one.failure.is_none());
    match (open, all.first()) {
        (Some(open), _) => format!("{} in {} ms", open.address, open.milliseconds),
        (None, Some(first)) => format!("{}, {}", first.address, failed(first)),
        (None, None) => String::new(),
    }
}

/// How a connection failed.
fn failed(connection: &Connection) -> String {
    let time = connection.milliseconds;
    match &connection.failure {
        Some(ConnectionFailure::Refused) => format!("refused after {time} ms"),
        Some(ConnectionFailure::Unreachable) => format!("unreachable after {time} ms"),
        Some(ConnectionFailure::TimedOut) => format!("no answer within {time} ms"),
        Some(ConnectionFailure::Other(_)) | None => format!("failed after {time} ms"),
    }
}

fn handshake(handshake: &Handshake) -> String {
    let version = match (&handshake.version, handshake.takes_only_old_versions()) {
        (Some(version), _) => version.clone(),
        (None, true) => format!("only {}", handshake.versions.join(", ")),
        (None, false) => "no version".to_owned(),
    };
    format!("{version}, {} ms", handshake.milliseconds)
}

/// The path of an endpoint.
pub(crate) fn path(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Exchange => "/exchange",
        Endpoint::Owa => "/owa",
        Endpoint::Ews => "/ews/exchange.asmx",
    }
}

/// A form of a user name, with stand-ins for its parts.
pub(super) fn form(form: UserForm) -> &'static str {
    match form {
        UserForm::Plain => "`user`",
        UserForm::Domain => "`DOMAIN\\user`",
        UserForm::Principal => "`user@domain`",
    }
}

/// The statuses of an exchange: `302 -> 440`; the failure if there are none.
pub(super) fn statuses(exchange: &HttpExchange) -> String {
    let all: Vec<_> = exchange.statuses.iter().map(ToString::to_string).collect();
    match all.is_empty() {
        true => "no answer".to_owned(),
        false => all.join(" -> "),
    }
}

/// ", `TEXT`" of the header `x-ms-diagnostics`; empty without it.
pub(super) fn diagnostics(exchange: &HttpExchange) -> String {
    let text = exchange.header("x-ms-diagnostics");
    text.map_or_else(String::new, |text| format!("; x-ms-diagnostics: {text}"))
}

/// A request that was rejected, and the schemes that the server offers.
pub(super) fn rejection(exchange: &HttpExchange) -> String {
    let (path, schemes) = (path(exchange.endpoint), exchange.schemes.join(", "));
    format!("{path}: 401, offers {schemes}{}", diagnostics(exchange))
}

impl HttpExchange {
    /// The status of the last answer.
    pub(super) fn last_status(&self) -> Option<u16> {
        self.statuses.last().copied()
    }

    /// The value of a header, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the server offers an authentication scheme, by its name in lower case.
    pub(super) fn offers(&self, scheme: &str) -> bool {
        self.schemes.iter().any(|offered| offered == scheme)
    }

    /// Whether the answer is 401.
    pub(super) fn is_unauthorized(&self) -> bool {
        self.last_status() == Some(401)
    }

    /// Whether the page does not exist: 404 or 410.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self.last_status(), Some(404 | 410))
    }

    /// Whether redirects lead into `/owa`. There a login form may answer, which ignores the account
    /// of a request.
    pub(super) fn ends_at_owa(&self) -> bool {
        self.redirects.iter().any(|path| leads_to_owa(path))
    }

    /// The first page to which redirects lead out of the folder of the endpoint. What answers there
    /// says nothing about the endpoint.
    pub(super) fn page_outside(&self) -> Option<&str> {
        let folder = match self.endpoint {
            Endpoint::Ews => "/ews/",
            Endpoint::Exchange => "/exchange/",
            Endpoint::Owa => "/owa",
        };
        let is_outside = |page: &&String| !page.to_ascii_lowercase().starts_with(folder);
        self.redirects.iter().find(is_outside).map(String::as_str)
    }

    /// Whether the answer proves that name and password were taken: the endpoint itself answers
    /// with success, or with 403, which is about a user that it knows.
    pub(super) fn is_accepted(&self) -> bool {
        self.failure.is_none()
            && !self.ends_at_owa()
            && self.page_outside().is_none()
            && matches!(self.last_status(), Some(200..=299 | 403))
    }

    /// Whether the answer to a login says something about the account.
    fn is_verdict(&self) -> bool {
        let is_rejected = matches!(self.last_status(), Some(401 | 440));
        self.is_accepted() || (is_rejected && !self.ends_at_owa())
    }
}

/// Whether a path is in `/owa`.
pub(super) fn leads_to_owa(path: &str) -> bool {
    path.trim_start_matches('/').to_ascii_lowercase().starts_with("owa")
}

impl Handshake {
    /// Whether the server takes versions of TLS before 1.2, and no other.
    pub(super) fn takes_only_old_versions(&self) -> bool {
        let mut taken = self.versions.iter().chain(&self.version).peekable();
        let is_old = |version: &String| matches!(&**version, "TLS 1.0" | "TLS 1.1" | "SSL 3.0");
        taken.peek().is_some() && taken.all(is_old)
    }
}

impl EwsAnswer {
    /// Whether the call succeeded.
    pub(super) fn is_success(&self) -> bool {
        self.code.as_deref() == Some("NoError")
    }
}

impl Observations {
    /// The connections that failed in a way.
    pub(super) fn failed_connections(
        &self,
        way: impl Fn(&ConnectionFailure) -> bool,
    ) -> impl Iterator<Item = &Connection> {
        self.connections.iter().filter(move |one| one.failure.as_ref().is_some_and(&way))
    }

    /// Whether one of the addresses took a connection.
    pub(super) fn has_open_connection(&self) -> bool {
        self.connections.iter().any(|one| one.failure.is_none())
    }

    /// The requests with credentials, for each endpoint that has some: EWS first, because presence
    /// servers use it.
    pub(super) fn attempts(&self) -> [Vec<&HttpExchange>; 3] {
        [Endpoint::Ews, Endpoint::Exchange, Endpoint::Owa].map(|endpoint| {
            let here = self.exchanges.iter().filter(|one| one.endpoint == endpoint);
            here.filter(|one| one.user.is_some() && !one.statuses.is_empty()).collect()
        })
    }

    /// Whether an endpoint is missing: it was asked, and every answer is 404 or 410.
    pub(super) fn is_missing(&self, endpoint: Endpoint) -> bool {
        let mut here = self.exchanges.iter().filter(|one| one.endpoint == endpoint).peekable();
        here.peek().is_some() && here.all(HttpExchange::is_missing)
    }

    /// Whether `/exchange` answers as WebDAV does, and not only to send browsers on to `/owa`.
    pub(super) fn has_webdav(&self) -> bool {
        self.exchanges.iter().any(|one| {
            let is_answer = one.last_status().is_some_and(|status| status < 500);
            one.endpoint == Endpoint::Exchange
                && one.failure.is_none()
                && is_answer
                && !one.is_missing()
                && !one.ends_at_owa()
        })
    }

    /// The endpoint that a presence server uses: Exchange Web Services, or `/exchange` where they
    /// do not exist.
    pub(super) fn service(&self) -> Endpoint {
        match self.is_missing(Endpoint::Ews) {
            true => Endpoint::Exchange,
            false => Endpoint::Ews,
        }
    }

    /// The answers of EWS to requests without credentials that are not those of Exchange: neither
    /// 401 of the service itself, nor a status that has a cause of its own.
    pub(super) fn strange_answers(&self) -> impl Iterator<Item = &HttpExchange> {
        let is_missing = self.is_missing(Endpoint::Ews);
        self.exchanges.iter().filter(move |one| {
            let timeouts = one.statuses.iter().filter(|status| **status == 440).count();
            let is_strange = one.last_status().is_some_and(|status| match status {
                401 => one.page_outside().is_some(),
                403 | 500..=599 => false,
                404 | 410 => !is_missing,
                440 => timeouts == 1, // several are `repeated-440`
                _ => true,
            });
            let is_first = one.endpoint == Endpoint::Ews && one.user.is_none();
            is_first && one.failure.is_none() && is_strange
        })
    }

    /// The answers of EWS that say something about the mailbox: without those to calls with the
    /// permissions of the account, where the same call succeeds by impersonation.
    pub(super) fn telling_answers(&self) -> impl Iterator<Item = &EwsAnswer> {
        let succeeds = |call| {
            let mut answers = self.ews.iter();
            answers.any(|one| one.call == call && one.is_impersonated && one.is_success())
        };
        self.ews.iter().filter(move |one| one.is_impersonated || !succeeds(one.call))
    }

    /// A fact for each telling call that ended with one of the codes.
    pub(super) fn calls_with(&self, codes: &[&str]) -> Vec<String> {
        let calls = self.telling_answers().filter_map(|one| {
            let code = one.code.as_deref().filter(|code| codes.contains(code))?;
            let way = if one.is_impersonated { "with" } else { "without" };
            let status = one.status;
            Some(format!("{:?} {way} impersonation: status {status}, `{code}`", one.call))
        });
        calls.collect()
    }
}

fn exchanges(all: &[&HttpExchange]) -> String {
    let one = |one: &&HttpExchange| match one.user {
        None => format!("{} {}", path(one.endpoint), statuses(one)),
        Some(user) => format!("{} as {} {}", path(one.endpoint), form(user), statuses(one)),
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn answers(all: &[EwsAnswer]) -> String {
    let one = |answer: &EwsAnswer| {
        let code = answer.code.as_deref().map_or_else(|| answer.status.to_string(), str::to_owned);
        format!("{:?} {code}", answer.call)
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_790_812_800, "2026-10-01"),
            (-1, "1969-12-31"),
            (i64::MAX, "9999-12-31"),
            (i64::MIN, "0000-01-01"),
        ] {
            assert_eq!(day(seconds), date);
        }
    }
}
