//! SOAP envelopes and faults.

use crate::http::Answer;
use crate::xml::{Element, SOAP, escaped, leaf, wrap};

/// Content type of SOAP answers.
const CONTENT_TYPE: &str = "text/xml;charset=utf-8";

/// A refusal that a client can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SoapFault {
    /// `axlcode`; without one the fault has no `axlError`.
    pub(crate) code: Option<i32>,
    pub(crate) message: String,
}

impl SoapFault {
    /// A fault of AXL.
    pub(crate) fn axl(code: i32, message: impl Into<String>) -> Self {
        Self { code: Some(code), message: message.into() }
    }

    /// A fault of another service.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self { code: None, message: message.into() }
    }

    /// A request that breaks the schema at this element.
    pub(crate) fn invalid(element: &str) -> Self {
        let text = "cvc-complex-type.2.4.a: Invalid content was found starting with element";
        Self::axl(-1, format!("{text} '{element}'."))
    }

    /// An object that does not exist.
    pub(crate) fn not_found(object: &str) -> Self {
        Self::axl(5007, format!("Item not valid: The specified {object} was not found"))
    }

    /// Too many requests in a short time, from a service of serviceability.
    pub(crate) fn rate(prefix: &str, per_minute: usize) -> Self {
        Self::plain(format!(
            "{prefix}Exceeded allowed rate for Reatime information. Current allowed rate for \
             realtime information is {per_minute} requests per minute."
        ))
    }

    /// AXL has no memory left.
    pub(crate) fn memory() -> Self {
        let text = "Maximum AXL Memory Allocation Consumed. Please retry once requests in \
                    progress have completed";
        Self::axl(-1, text)
    }

    /// The answer with status 500. With `namespace`, `axlError` is in that namespace.
    pub(crate) fn answer(&self, operation: &str, namespace: Option<&str>) -> Answer {
        let (open, close) = match namespace {
            Some(uri) => (format!("<axl:axlError xmlns:axl=\"{uri}\">"), "</axl:axlError>"),
            None => ("<axlError>".to_owned(), "</axlError>"),
        };
        let detail = match self.code {
            Some(code) => {
                let code = leaf("axlcode", &code.to_string());
                let message = leaf("axlmessage", &self.message);
                let request = leaf("request", operation);
                format!("<detail>{open}{code}{message}{request}{close}</detail>")
            }
            None => "<detail/>".to_owned(),
        };
        let code = leaf("faultcode", "soapenv:Server");
        let text = leaf("faultstring", &self.message);
        let fault = wrap("soapenv:Fault", &format!("{code}{text}{detail}"));
        Answer::new(500, CONTENT_TYPE, envelope(&fault))
    }
}

/// An envelope around a body.
pub(crate) fn envelope(body: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><soapenv:Envelope xmlns:soapenv=\"{SOAP}\">\
         <soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    )
}

/// The answer `<ns:OPERATIONResponse>` of an operation.
pub(crate) fn answer(operation: &str, namespace: &str, content: &str) -> Answer {
    let namespace = escaped(namespace);
    let body = format!(
        "<ns:{operation}Response xmlns:ns=\"{namespace}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{content}\
         </ns:{operation}Response>"
    );
    Answer::new(200, CONTENT_TYPE, envelope(&body))
}

/// The one element in the body of an envelope.
pub(crate) fn operation(body: &[u8]) -> Result<Element, SoapFault> {
    let text = std::str::from_utf8(body).map_err(|error| SoapFault::plain(error.to_string()))?;
    let envelope = Element::read(text).map_err(SoapFault::plain)?;
    let is = |element: &Element, name: &str| element.name == name && element.namespace == SOAP;
    let body = envelope.children.iter().find(|child| is(child, "Body"));
    match body {
        Some(body) if is(&envelope, "Envelope") && body.children.len() == 1 => {
            Ok(body.children[0].clone())
        }
        _ => Err(SoapFault::plain("a SOAP envelope with one operation was expected")),
    }
}
