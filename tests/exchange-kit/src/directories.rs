//! Virtual directories of IIS, and the login by HTTP.

use crate::http::{Answer, Request};
use crate::state::{Account, Release, State};

/// Exchange Web Services.
pub(crate) const EWS: &str = "/ews/exchange.asmx";

/// The login page of Outlook Web App.
const LOGIN: &str = "/owa/auth/logon.aspx";

/// Answers requests that are not for EWS.
pub(crate) fn handle(state: &State, request: &Request) -> Answer {
    let path = request.path.as_str();
    if path == "/exchange" || path.starts_with("/exchange/") {
        return exchange(state, request);
    }
    match path {
        "/" => Answer::redirect("/owa/"),
        "/owa" => Answer::redirect("/owa/"),
        "/owa/" => Answer::redirect(&format!("{LOGIN}?replaceCurrent=1&url=%2fowa%2f")),
        LOGIN => Answer::page(200),
        _ => Answer::page(404),
    }
}

/// WebDAV. Exchange 2010 has none, and leads to Outlook Web App.
fn exchange(state: &State, request: &Request) -> Answer {
    if state.release > Release::Exchange2007 {
        return Answer::redirect("/owa/");
    }
    match login(state, request) {
        Ok(_) => Answer::page(200),
        Err(answer) => answer,
    }
}

/// The account of a request, or the answer that asks for one.
pub(crate) fn login<'a>(state: &'a State, request: &Request) -> Result<&'a Account, Answer> {
    let account = request.basic().and_then(|(name, password)| state.login(&name, &password));
    account.ok_or_else(|| {
        let schemes = state.schemes.iter().map(|scheme| ("WWW-Authenticate", scheme));
        let diagnostics = state.diagnostics.iter().map(|text| ("x-ms-diagnostics", text));
        let headers = schemes.chain(diagnostics);
        headers.fold(Answer::page(401), |answer, (name, value)| answer.with(name, value))
    })
}
