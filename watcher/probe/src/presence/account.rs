//! The account: whether adrc may send its password, and which form of its name the server takes.

use std::net::SocketAddr;
use std::sync::Arc;

use adr_cucm_client::Credentials;
use adr_doctor::presence::observation::{Endpoint, HttpExchange, Observations, UserForm, Withheld};
use rustls::ClientConfig;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::connect::open_stream;
use super::web::{Request, Web};
use super::{Settings, server_name, trust};
use crate::limits;

/// The order in which the account is tried: where a form is not taken, no other place is asked
/// with the same form, so that a wrong password does not lock the account.
const ENDPOINTS: [Endpoint; 3] = [Endpoint::Ews, Endpoint::Exchange, Endpoint::Owa];

/// Verifies the certificate by a handshake without a request. An error that has other reasons than
/// the certificate ends the look without one.
pub(super) async fn verify(
    config: &ClientConfig,
    gateway: &str,
    address: SocketAddr,
) -> Result<(), Option<Withheld>> {
    let stream = open_stream(address).await.map_err(|_| None)?;
    let connector = TlsConnector::from(Arc::new(config.clone()));
    let connecting = connector.connect(server_name(gateway, address), stream);
    match timeout(limits::HANDSHAKE, connecting).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            let error = error.get_ref().and_then(|it| it.downcast_ref::<rustls::Error>());
            Err(error.and_then(trust::withheld))
        }
        Err(_) => Err(None),
    }
}

/// Logs in with each form of the name until one is accepted, then with this one at the other
/// endpoints that offer Basic. Returns the credentials that Exchange Web Services accept, with the
/// form of their name.
pub(super) async fn log_in(
    web: &Web,
    settings: &Settings,
    given: &Credentials,
    seen: &mut Observations,
) -> Option<(UserForm, Credentials)> {
    let offered = |endpoint: &Endpoint| offers_basic(&seen.exchanges, *endpoint);
    let candidates: Vec<Endpoint> = ENDPOINTS.into_iter().filter(offered).collect();
    let Some((first, others)) = candidates.split_first() else {
        seen.withheld = Some(Withheld::NoBasic);
        return None;
    };
    let logins = Logins { web, rejected: &settings.rejected };
    let mut accepted = None;
    for (form, user) in forms(&given.user, settings.mailbox.as_deref()) {
        let credentials = Credentials { user, password: given.password.clone() };
        let exchange = logins.at(*first, (form, &credentials)).await;
        let verdict = Verdict::of(&exchange);
        seen.exchanges.push(exchange);
        match verdict {
            Verdict::Accepted => accepted = Some((form, credentials)),
            Verdict::Rejected => continue,
            Verdict::Unclear => {}
        }
        break;
    }
    let (form, credentials) = accepted?;
    for endpoint in others {
        let exchange = logins.at(*endpoint, (form, &credentials)).await;
        seen.exchanges.push(exchange);
    }
    (*first == Endpoint::Ews).then_some((form, credentials))
}

/// Logins at one gateway.
struct Logins<'l> {
    web: &'l Web,
    /// The logins of earlier looks that were rejected. They are not repeated.
    rejected: &'l [HttpExchange],
}

impl Logins<'_> {
    async fn at(&self, endpoint: Endpoint, login: (UserForm, &Credentials)) -> HttpExchange {
        let is_same = |one: &&HttpExchange| (one.endpoint, one.user) == (endpoint, Some(login.0));
        if let Some(earlier) = self.rejected.iter().find(is_same) {
            return earlier.clone();
        }
        self.web.exchange(&Request { endpoint, login: Some(login), body: None }).await.0
    }
}

/// What the answer to a login says of name and password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Rejected,
    /// Neither: the answer is not whole, is not about the account, such as 400 or 429, or comes
    /// from another page, such as the login form of Outlook Web App, which ignores Basic.
    Unclear,
}

impl Verdict {
    fn of(exchange: &HttpExchange) -> Self {
        let status = exchange.statuses.last().copied().unwrap_or_default();
        match status {
            _ if exchange.failure.is_some() => Self::Unclear,
            401 => Self::Rejected,
            // 403 is about a user that the server knows
            200..=299 | 403 if is_of_endpoint(exchange) => Self::Accepted,
            _ => Self::Unclear,
        }
    }
}

/// The logins that were rejected, apart from those in a form that the endpoint accepted as well: a
/// call may get status 401 for other reasons.
pub(super) fn rejected(exchanges: &[HttpExchange]) -> impl Iterator<Item = &HttpExchange> {
    let logins = exchanges.iter().filter(|one| one.user.is_some());
    let accepted = logins.clone().filter(|one| Verdict::of(one) == Verdict::Accepted);
    let accepted: Vec<_> = accepted.map(|one| (one.endpoint, one.user)).collect();
    logins.filter(move |one| {
        Verdict::of(one) == Verdict::Rejected && !accepted.contains(&(one.endpoint, one.user))
    })
}

/// Whether an endpoint asks for Basic: its answer without credentials is 401, and offers it.
fn offers_basic(exchanges: &[HttpExchange], endpoint: Endpoint) -> bool {
    let asked = exchanges.iter().find(|it| it.endpoint == endpoint && it.user.is_none());
    asked.is_some_and(|asked| {
        asked.failure.is_none()
            && asked.statuses.last() == Some(&401)
            && asked.schemes.iter().any(|scheme| scheme == "basic")
            && is_of_endpoint(asked)
    })
}

/// Whether the last answer is one of the endpoint itself, and not of a page to which it leads.
fn is_of_endpoint(exchange: &HttpExchange) -> bool {
    let folder = match exchange.endpoint {
        Endpoint::Ews => "/ews/",
        Endpoint::Exchange => "/exchange/",
        // what it leads to may be the login form
        Endpoint::Owa => return exchange.redirects.is_empty(),
    };
    exchange.redirects.iter().all(|path| path.to_ascii_lowercase().starts_with(folder))
}

/// The forms of a name, the given one first. Without a domain in the name, that of the mailbox is
/// used; without both there is one form.
fn forms(user: &str, mailbox: Option<&str>) -> Vec<(UserForm, String)> {
    let of_mailbox = mailbox.and_then(|it| it.split_once('@')).map(|(_, domain)| domain);
    let short = |domain: &str| domain.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let (given, name, domain, principal) = if let Some((domain, name)) = user.split_once('\\') {
        let principal = of_mailbox.or(domain.contains('.').then_some(domain));
        (UserForm::Domain, name, Some(domain.to_owned()), principal)
    } else if let Some((name, domain)) = user.split_once('@') {
        (UserForm::Principal, name, Some(short(domain)), Some(domain))
    } else {
        (UserForm::Plain, user, of_mailbox.map(short), of_mailbox)
    };
    let mut forms = vec![(given, user.to_owned())];
    let others = [
        (UserForm::Domain, domain.map(|domain| format!("{domain}\\{name}"))),
        (UserForm::Principal, principal.map(|domain| format!("{name}@{domain}"))),
        (UserForm::Plain, Some(name.to_owned())),
    ];
    for (form, text) in others {
        forms.extend(text.filter(|_| form != given).map(|text| (form, text)));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_begin_with_the_given_one() {
        let texts = |user: &str, mailbox: Option<&str>| -> Vec<String> {
            forms(user, mailbox).into_iter().map(|(_, text)| text).collect()
        };
        let mailbox = Some("anna@apps.local");
        assert_eq!(texts("ps", mailbox), ["ps", "APPS\\ps", "ps@apps.local"]);
        assert_eq!(texts("CORP\\ps", mailbox), ["CORP\\ps", "ps@apps.local", "ps"]);
        assert_eq!(texts("ps@apps.local", None), ["ps@apps.local", "APPS\\ps", "ps"]);
        assert_eq!(texts("CORP\\ps", None), ["CORP\\ps", "ps"]);
        assert_eq!(texts("ps", None), ["ps"]);
        assert_eq!(texts("ps", Some("anna")), ["ps"]);
    }
}
