//! "Try a number": a form whose answer is the status page with the result.
//!
//! The number is in the body of a POST request, so it is neither in the address that a browser
//! remembers nor in the log of a proxy. This module must not log or count it.

use std::sync::Arc;
use std::time::Duration;

use adr_bundle::{Case, ListKind, TreeFile};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, Response, StatusCode};
use percent_encoding::percent_decode_str;

use super::bounded::NoTrace;
use super::page::{Outcome, Tried};
use super::{HTML, Shared, answer, guard, typed};

/// Most characters of a number.
pub(super) const MAX_CHARACTERS: usize = 100;

/// Most bytes of the body: a number, the name of a view and a list, every byte in three.
const MAX_BODY: usize = 4 << 10;

/// Longest time for the body to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The page with the form.
pub(super) async fn form() -> Response<Body> {
    let mut response = answer(StatusCode::SEE_OTHER, "the form is on the status page\n");
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/#try"));
    response
}

/// Applies rules to a number, and answers with the page that has the result.
pub(super) async fn trial(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    if !guard::is_own_origin(request.headers()) {
        return answer(StatusCode::FORBIDDEN, "only the page of this port can send this form\n");
    }
    let body = to_bytes(request.into_body(), MAX_BODY);
    let Ok(Ok(body)) = tokio::time::timeout(BODY_TIMEOUT, body).await else {
        return answer(StatusCode::PAYLOAD_TOO_LARGE, "the form is too large, or too slow\n");
    };
    let form = Form::parse(&String::from_utf8_lossy(&body));
    let (status, outcome) = apply(&shared, &form).await;
    let tried = Tried { number: form.number, view: form.view, kind: form.kind, outcome };
    let mut response = typed(HTML, shared.page(Some(tried)).await);
    *response.status_mut() = status;
    response
}

async fn apply(shared: &Shared, form: &Form) -> (StatusCode, Outcome) {
    let invalid = |text| (StatusCode::UNPROCESSABLE_ENTITY, Outcome::Invalid(text));
    let file = match check(form).and_then(|()| find(shared, form)) {
        Ok(file) => file,
        Err(reason) => return invalid(reason),
    };
    let name = form.kind.file_name();
    match shared.bounded.dial(name, file, form.number.clone()).await {
        Ok(trace) => (StatusCode::OK, Outcome::Trace(trace)),
        Err(NoTrace::Busy) => {
            let text = "adrc is trying other numbers. Try again in a moment.".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, Outcome::Invalid(text))
        }
        Err(NoTrace::Unable) => {
            let text = "This server cannot apply rules.".to_owned();
            (StatusCode::NOT_IMPLEMENTED, Outcome::Invalid(text))
        }
    }
}

fn check(form: &Form) -> Result<(), String> {
    match form.number.chars().count() {
        0 => Err("Type a number.".to_owned()),
        1..=MAX_CHARACTERS => Ok(()),
        _ => Err(format!("A number has at most {MAX_CHARACTERS} characters.")),
    }
}

/// The file with the rules of the form's view.
fn find(shared: &Shared, form: &Form) -> Result<Arc<TreeFile>, String> {
    let generation = shared.service.store.current();
    let name = (!form.view.is_empty()).then_some(form.view.as_str());
    let view = generation.tree().views().iter().find(|view| view.name() == name);
    let view = view.ok_or("There is no view of this name.")?;
    let file = form.kind.file_name();
    let found = view.file(form.kind.path(), Case::Exact).or_else(|| view.file(file, Case::Exact));
    let found = found.map(Arc::clone);
    found.ok_or_else(|| format!("This view has no {file}, so numbers stay unchanged."))
}

/// The fields of the form.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    number: String,
    /// The name of a site; empty for the default view.
    view: String,
    kind: ListKind,
}

impl Form {
    /// Reads the body of a form. Missing fields are empty, unknown ones are ignored.
    fn parse(body: &str) -> Self {
        let field = |name: &str| {
            let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.find(|(field, _)| *field == name).map_or("", |(_, value)| value);
            let spaced = value.replace('+', " ");
            percent_decode_str(&spaced).decode_utf8_lossy().trim().to_owned()
        };
        let kind = match field("list").as_str() {
            "lookup" => ListKind::Lookup,
            _ => ListKind::Application,
        };
        Self { number: field("number"), view: field("view"), kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_of_a_browser_is_decoded() {
        let form = Form::parse("number=%2B1+%28408%29+555-1212&view=S%C3%A3o+Paulo&list=lookup");
        let expected = Form {
            number: "+1 (408) 555-1212".to_owned(),
            view: "S\u{e3}o Paulo".to_owned(),
            kind: ListKind::Lookup,
        };
        assert_eq!(form, expected);
        let empty = Form::parse("list=x&number");
        assert_eq!((empty.number.as_str(), empty.kind), ("", ListKind::Application));
        assert_eq!(Form::parse("number=%ff%").number, "\u{fffd}%");
    }

    #[test]
    fn number_has_1_to_100_characters() {
        let check = |number: String| {
            check(&Form { number, view: String::new(), kind: ListKind::Application })
        };
        assert!(check(String::new()).is_err());
        assert!(check("\u{20ac}".repeat(MAX_CHARACTERS)).is_ok());
        assert!(check("1".repeat(MAX_CHARACTERS + 1)).is_err());
    }
}
