//! The calendar of a mailbox, by Exchange Web Services.

use adr_cucm_client::Credentials;
use adr_doctor::presence::ews::{Answer, request};
use adr_doctor::presence::observation::{
    Endpoint, EwsAnswer, EwsCall, HttpExchange, Observations, UserForm,
};
use adr_doctor::presence::state::CalendarState;

use super::web::{Redaction, Request, Web};

const CALLS: [EwsCall; 3] = [EwsCall::GetFolder, EwsCall::FindItem, EwsCall::GetUserAvailability];

/// Asks for the calendar of a mailbox, first with the permissions of the account and then in the
/// name of its owner. A busy server, or one that does not answer, is not asked again.
///
/// The answers are kept together at the end: a part of them would look as if the account may not do
/// what it was not asked to do.
pub(super) async fn look(
    web: &Web,
    login: (UserForm, &Credentials),
    mailbox: &str,
    seen: &mut Observations,
) {
    let mut kept = Calls::default();
    kept.make(web, login, mailbox, seen.looked_at).await;
    seen.exchanges.append(&mut kept.exchanges);
    seen.ews.append(&mut kept.ews);
    seen.calendar = seen.calendar.or(kept.calendar);
}

/// The calls of a mailbox, and what is kept of their answers.
#[derive(Default)]
struct Calls {
    exchanges: Vec<HttpExchange>,
    ews: Vec<EwsAnswer>,
    calendar: Option<CalendarState>,
}

impl Calls {
    async fn make(&mut self, web: &Web, login: (UserForm, &Credentials), mailbox: &str, now: i64) {
        let redaction = Redaction::of(Some(login.1));
        for is_impersonated in [false, true] {
            for call in CALLS {
                let body = Some(request(call, mailbox, is_impersonated, now));
                let asked = Request { endpoint: Endpoint::Ews, login: Some(login), body };
                let (exchange, body) = web.exchange(&asked).await;
                let (status, answer) = kept(&exchange, &body, &redaction);
                let Answer { code, back_off_milliseconds, version, state } = answer;
                self.calendar = self.calendar.or(state);
                let answer = EwsAnswer {
                    call,
                    is_impersonated,
                    status,
                    code,
                    back_off_milliseconds,
                    version,
                };
                let is_refused = !matches!(answer.status, 200 | 500);
                let ends =
                    exchange.failure.is_some() || answer.code.as_deref() == Some("ErrorServerBusy");
                let has_answer = !exchange.statuses.is_empty();
                if is_refused || exchange.failure.is_some() {
                    self.exchanges.push(exchange);
                }
                if has_answer {
                    self.ews.push(answer);
                }
                if ends {
                    return;
                }
                if is_refused {
                    break;
                }
            }
        }
    }
}

/// What is kept of an answer.
fn kept(exchange: &HttpExchange, body: &[u8], redaction: &Redaction) -> (u16, Answer) {
    let mut answer = Answer::read(body);
    // a hostile server may send the credentials back
    let is_harmless = |text: &String| !redaction.reveals(text);
    answer.code = answer.code.filter(is_harmless);
    answer.version = answer.version.filter(is_harmless);
    (exchange.statuses.last().copied().unwrap_or_default(), answer)
}
