//! What goes wrong on purpose, and when.

use std::time::Duration;

use crate::http::{Answer, Request};

/// What happens to a request instead of its answer, or to its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A page with this status and these header lines.
    Status(u16, Vec<(String, String)>),
    /// A redirect to this address.
    Redirect(String),
    /// A SOAP fault with this response code, such as `ErrorInternalServerError`.
    Soap(String),
    /// The SOAP fault `ErrorServerBusy` with this many `BackOffMilliseconds`.
    Busy(u64),
    /// These bytes instead of an answer; then the connection ends.
    Bytes(Vec<u8>),
    /// No answer ever comes.
    Hang,
    /// The connection is closed.
    Close,
    /// The request is processed; the connection is closed after this many bytes of the body, which
    /// are announced with the length of the whole body.
    CutAt(usize),
    /// An answer whose body has no end.
    EndlessBody,
    /// An answer whose header has no end.
    EndlessHeader,
    /// The request is processed; each byte of the answer comes after this time.
    Drip(Duration),
    /// The request is processed; the answer comes after this time.
    Delay(Duration),
}

impl Fault {
    /// A page with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status(status, Vec::new())
    }

    /// The answer of Exchange Online to an application that may not use EWS any more.
    #[must_use]
    pub fn blocked_by_policy(reason: &str) -> Self {
        Self::Status(403, vec![("X-EWS-Policy-Reason".to_owned(), reason.to_owned())])
    }

    /// Whether the request is processed.
    pub(crate) fn is_processed(&self) -> bool {
        matches!(self, Self::CutAt(_) | Self::Drip(_) | Self::Delay(_))
    }

    /// The answer of a fault that is one.
    pub(crate) fn answer(&self) -> Option<Answer> {
        match self {
            Self::Status(status, headers) => {
                let page = Answer::page(*status);
                Some(headers.iter().fold(page, |page, (name, value)| page.with(name, value)))
            }
            Self::Redirect(to) => Some(Answer::redirect(to)),
            Self::Soap(code) => Some(crate::ews::fault(code, "A fault on purpose.", None)),
            Self::Busy(milliseconds) => Some(crate::ews::busy(*milliseconds)),
            _ => None,
        }
    }
}

/// A fault, the requests that it applies to, and how often.
///
/// ```
/// use adr_exchange_kit::{Fault, Injection};
///
/// // one 440 for each transaction is normal with forms-based authentication
/// let injection = Injection::new(Fault::status(440)).path("/exchange").times(1);
/// ```
#[derive(Clone, Debug)]
pub struct Injection {
    fault: Fault,
    path: Option<String>,
    operation: Option<String>,
    credentials: Option<bool>,
    impersonated: Option<bool>,
    skip: usize,
    times: Option<usize>,
}

impl Injection {
    /// A fault for every request.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        let (path, operation, credentials, impersonated) = Default::default();
        Self { fault, path, operation, credentials, impersonated, skip: 0, times: None }
    }

    /// Only for requests whose path begins with this, in lower case.
    #[must_use]
    pub fn path(mut self, prefix: &str) -> Self {
        self.path = Some(prefix.to_owned());
        self
    }

    /// Only for this operation of EWS.
    #[must_use]
    pub fn operation(mut self, name: &str) -> Self {
        self.operation = Some(name.to_owned());
        self
    }

    /// Only for requests with credentials, or only for those without.
    #[must_use]
    pub fn credentials(mut self, has_some: bool) -> Self {
        self.credentials = Some(has_some);
        self
    }

    /// Only for requests with impersonation, or only for those without.
    #[must_use]
    pub fn impersonated(mut self, is_impersonated: bool) -> Self {
        self.impersonated = Some(is_impersonated);
        self
    }

    /// Not for the first `count` requests that match.
    #[must_use]
    pub fn skip(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// For `count` requests only.
    #[must_use]
    pub fn times(mut self, count: usize) -> Self {
        self.times = Some(count);
        self
    }

    fn matches(&self, request: &Request, operation: &str, is_impersonated: bool) -> bool {
        let has_credentials = request.header("authorization").is_some();
        self.path.as_ref().is_none_or(|path| request.path.starts_with(path))
            && self.operation.as_ref().is_none_or(|it| it == operation)
            && self.credentials.is_none_or(|it| it == has_credentials)
            && self.impersonated.is_none_or(|it| it == is_impersonated)
    }
}

/// The faults to come. Of several that match a request, the first one applies.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<Injection>);

impl Faults {
    /// Adds a fault.
    pub fn add(&mut self, injection: Injection) {
        self.0.push(injection);
    }

    /// Removes all faults.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault of this request, which is counted.
    pub(crate) fn next(
        &mut self,
        request: &Request,
        operation: &str,
        is_impersonated: bool,
    ) -> Option<Fault> {
        for injection in &mut self.0 {
            if !injection.matches(request, operation, is_impersonated) {
                continue;
            }
            if injection.skip > 0 {
                injection.skip -= 1;
            } else if injection.times != Some(0) {
                injection.times = injection.times.map(|times| times - 1);
                return Some(injection.fault.clone());
            }
        }
        None
    }
}
