//! SOAP 1.1: the envelope around requests, and the way from an HTTP answer to the element inside.

use crate::answer_error::{AnswerError, BusyReason};
use crate::fault;
use crate::html;
use crate::http::HttpRequest;
use crate::xml::{self, Document, Element};

/// Content type of SOAP 1.1.
const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The request with this element in its body. `content` is XML.
pub(crate) fn request(
    path: &'static str,
    action: &str,
    (prefix, name, namespace): (&str, &str, &str),
    content: &str,
) -> HttpRequest {
    let envelope = "http://schemas.xmlsoap.org/soap/envelope/";
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <soapenv:Envelope xmlns:soapenv=\"{envelope}\"><soapenv:Body>\
         <{prefix}{name} xmlns:{short}=\"{namespace}\">{content}</{prefix}{name}>\
         </soapenv:Body></soapenv:Envelope>\n",
        short = prefix.trim_end_matches(':'),
    );
    HttpRequest {
        path,
        content_type: CONTENT_TYPE.to_owned(),
        soap_action: Some(format!("\"{action}\"")),
        body: body.into_bytes(),
    }
}

/// The answer's element, which must be `<name>Response`.
///
/// # Errors
///
/// Everything that is not such an answer. HTML is recognized before XML is, so a page of a proxy
/// or of a login is never an empty list.
pub(crate) fn response<T>(
    status: u16,
    body: &[u8],
    name: &str,
    read: impl FnOnce(Element<'_>) -> Result<T, AnswerError>,
) -> Result<T, AnswerError> {
    if let Some(error) = of_status(status, body) {
        return Err(error);
    }
    if let Some(title) = html::title_of_page(body) {
        return Err(AnswerError::Html { status, title });
    }
    let document = match xml::read(body) {
        Ok(document) => document,
        Err(_) if !(200..300).contains(&status) => {
            return Err(fault::in_text(body).unwrap_or(AnswerError::Status { status }));
        }
        Err(error) => return Err(AnswerError::Malformed(error)),
    };
    let content = content(&document)?;
    if content.name() == "Fault" {
        return Err(fault::classify(content));
    }
    if !(200..300).contains(&status) {
        return Err(AnswerError::Status { status });
    }
    if content.name().strip_suffix("Response") != Some(name) {
        return Err(unexpected(&format!("{name}Response"), content.name()));
    }
    read(content)
}

/// What the status alone decides.
fn of_status(status: u16, body: &[u8]) -> Option<AnswerError> {
    let title = || html::title_of_page(body).unwrap_or_default();
    Some(match status {
        401 => AnswerError::Unauthorized { title: title() },
        403 => AnswerError::Forbidden { title: title() },
        404 => AnswerError::NotFound,
        503 => AnswerError::Busy(BusyReason::Unavailable),
        300..=399 => AnswerError::Redirected { status },
        599 => AnswerError::unsupported_version(body),
        _ => return None,
    })
}

/// The one element inside the body of an envelope.
fn content<'d>(document: &'d Document<'d>) -> Result<Element<'d>, AnswerError> {
    let envelope = document.root().ok_or_else(|| missing("Envelope"))?;
    if envelope.name() != "Envelope" {
        return Err(unexpected("Envelope", envelope.name()));
    }
    let body = envelope.child("Body");
    body.and_then(|body| body.children().next()).ok_or_else(|| missing("Body"))
}

/// The error about an element that is not the expected one.
pub(crate) fn unexpected(expected: &str, found: &str) -> AnswerError {
    AnswerError::Unexpected {
        expected: expected.to_owned(),
        found: found.chars().take(NAME_CHARACTERS).collect(),
    }
}

/// The error about an element that the answer lacks.
pub(crate) fn missing(element: &'static str) -> AnswerError {
    AnswerError::Missing { element }
}

/// Characters of a foreign name that an error repeats.
const NAME_CHARACTERS: usize = 50;
