//! What goes wrong on purpose, and when.

use std::time::Duration;

use crate::http::Request;

/// What happens to a request instead of its answer, or to its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is not processed; the answer is an HTML page with this status, such as 503.
    Status(u16),
    /// The request is not processed; the answer is the HTML page of a request without a user.
    Unauthorized,
    /// The request is not processed; the answer is a redirect to this address.
    Redirect(String),
    /// The request is not processed; the answer is the SOAP fault of AXL without memory.
    Memory,
    /// The request is not processed; the answer is the SOAP fault `Exceeded allowed rate`.
    RateExceeded,
    /// The request is not processed; the answer has status 200, the usual content type, and these
    /// bytes.
    Bytes(Vec<u8>),
    /// The request is not processed, and no answer ever comes.
    Hang,
    /// The request is not processed, and the connection is closed.
    Close,
    /// The request is processed, and the connection is closed instead of an answer.
    CloseAfter,
    /// The request is processed, and no answer ever comes.
    HangAfter,
    /// The request is processed; the connection is closed after this many bytes of the body.
    CutAt(usize),
    /// The request is processed; the answer comes after this time.
    Delay(Duration),
    /// The request is not processed; the node accepts no connections until
    /// [`Node::is_alive`](crate::Node::is_alive) is set again.
    Die,
    /// The request is processed; then the node dies instead of answering, as with [`Fault::Die`].
    DieAfter,
}

impl Fault {
    /// Whether the request is processed.
    pub(crate) fn is_processed(&self) -> bool {
        use Fault::{CloseAfter, CutAt, Delay, DieAfter, HangAfter};
        matches!(self, CloseAfter | HangAfter | CutAt(_) | Delay(_) | DieAfter)
    }
}

/// A fault, the requests that it applies to, and how often.
///
/// ```
/// use adr_cucm_kit::{Fault, Injection};
///
/// // the third listChange and the fourth are never answered
/// let injection = Injection::new(Fault::Hang).operation("listChange").skip(2).times(2);
/// ```
#[derive(Clone, Debug)]
pub struct Injection {
    fault: Fault,
    path: Option<String>,
    operation: Option<String>,
    node: Option<String>,
    method: Option<String>,
    user: Option<String>,
    other_than: Option<String>,
    skip: usize,
    times: Option<usize>,
}

impl Injection {
    /// A fault for every request.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        let (path, operation, node, method, user, other_than) = Default::default();
        Self { fault, path, operation, node, method, user, other_than, skip: 0, times: None }
    }

    /// Only for requests whose path begins with this.
    #[must_use]
    pub fn path(mut self, prefix: &str) -> Self {
        self.path = Some(prefix.to_owned());
        self
    }

    /// Only for this SOAP operation. For requests that are not SOAP, the operation is the last part
    /// of the path, such as `tftpFileUpload.do`.
    #[must_use]
    pub fn operation(mut self, name: &str) -> Self {
        self.operation = Some(name.to_owned());
        self
    }

    /// Only for requests to the node with this name.
    #[must_use]
    pub fn node(mut self, name: &str) -> Self {
        self.node = Some(name.to_owned());
        self
    }

    /// Only for requests with this HTTP method.
    #[must_use]
    pub fn method(mut self, name: &str) -> Self {
        self.method = Some(name.to_owned());
        self
    }

    /// Only for requests with the password or the AXL cookie of this user.
    #[must_use]
    pub fn user(mut self, name: &str) -> Self {
        self.user = Some(name.to_owned());
        self
    }

    /// Only for requests without the password and the AXL cookie of this user.
    #[must_use]
    pub fn other_than(mut self, user: &str) -> Self {
        self.other_than = Some(user.to_owned());
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

    fn matches(&self, node: &str, user: Option<&str>, request: &Request) -> bool {
        self.node.as_ref().is_none_or(|it| it == node)
            && self.user.as_ref().is_none_or(|it| Some(it.as_str()) == user)
            && self.other_than.as_ref().is_none_or(|it| Some(it.as_str()) != user)
            && self.method.as_ref().is_none_or(|it| *it == request.method)
            && self.path.as_ref().is_none_or(|it| request.path.starts_with(it))
            && self.operation.as_ref().is_none_or(|it| *it == request.operation())
    }
}

/// The faults to come. The first injection that matches a request and is due decides.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    injections: Vec<Injection>,
}

impl Faults {
    /// Adds an injection. Its count of requests begins now.
    pub fn add(&mut self, injection: Injection) {
        self.injections.push(injection);
    }

    /// Adds a fault for the `n`-th request from now, counted from 1 over all services and nodes.
    pub fn at(&mut self, n: usize, fault: Fault) {
        self.add(Injection::new(fault).skip(n.saturating_sub(1)).times(1));
    }

    /// Removes all injections.
    pub fn clear(&mut self) {
        self.injections.clear();
    }

    /// Whether no injection can apply to a request any more.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.injections.is_empty()
    }

    /// Counts a request, and returns the fault that is due for it.
    pub(crate) fn next(
        &mut self,
        node: &str,
        user: Option<&str>,
        request: &Request,
    ) -> Option<Fault> {
        let mut due = None;
        for injection in &mut self.injections {
            if !injection.matches(node, user, request) {
                continue;
            }
            if injection.skip > 0 {
                injection.skip -= 1;
            } else if due.is_none() {
                due = Some(injection.fault.clone());
                injection.times = injection.times.map(|times| times.saturating_sub(1));
            }
        }
        self.injections.retain(|injection| injection.times != Some(0));
        due
    }
}
