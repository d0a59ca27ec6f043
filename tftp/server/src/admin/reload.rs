//! `POST /-/reload`: requests, their answers, and the findings of rules that were rejected.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ACCEPT, ORIGIN};
use axum::http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::oneshot;

use super::{Shared, answer, typed};

/// How long a reload request waits for the result.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(60);

/// The version of the JSON answers.
const FORMAT_VERSION: u32 = 2;

/// Most findings of a report.
const MAX_FINDINGS: usize = 100;

/// Most bytes of the text of a finding.
const MAX_FINDING_BYTES: usize = 8 << 10;

/// A request to reload. The receiver answers with the generation that is then served, or with the
/// reason of a failure.
pub type Reload = oneshot::Sender<Result<Reloaded, ReloadError>>;

/// The result of a reload that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// The generation that is now served.
    pub generation: u64,
    /// Why it does not have the present rules, in a sentence: a rollback blocks them. `None` if it
    /// has them.
    pub blocked: Option<String>,
}

/// Why a reload failed, as the receiver of the request reports it. The admin port answers with the
/// text and the findings.
#[derive(Debug)]
pub struct ReloadError {
    cause: Box<dyn Error + Send + Sync>,
    report: Option<Arc<ReloadReport>>,
}

impl ReloadError {
    /// A failure with this cause, without findings.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { cause: cause.into(), report: None }
    }

    /// The failure with the findings of the rules.
    #[must_use]
    pub fn with_report(self, report: Option<Arc<ReloadReport>>) -> Self {
        Self { report, ..self }
    }
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl Error for ReloadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

/// The findings of rules that were rejected: the first 100, and how many more there are.
///
/// ```
/// use adr_server::{ReloadFinding, ReloadReport};
///
/// let finding = ReloadFinding { text: "error[bad-value]: …".to_owned(), ..Default::default() };
/// let report = ReloadReport::new(std::iter::repeat(finding), 103);
/// assert_eq!((report.findings().len(), report.omitted()), (100, 3));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReloadReport {
    findings: Vec<ReloadFinding>,
    omitted: usize,
}

/// A finding about rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReloadFinding {
    /// Whether the finding alone prevents a reload.
    pub is_error: bool,
    /// The finding as on a terminal, without colors: message, place, cause, help.
    pub text: String,
    /// The finding as an object of a JSON document.
    pub object: Value,
}

impl ReloadReport {
    /// Keeps the first 100 findings, and of each text the first 8 KB. `total` is how many findings
    /// there are; no more than the first 100 are taken from the iterator.
    #[must_use]
    pub fn new(findings: impl IntoIterator<Item = ReloadFinding>, total: usize) -> Self {
        let bounded = |mut finding: ReloadFinding| {
            finding.text.truncate(finding.text.floor_char_boundary(MAX_FINDING_BYTES));
            finding
        };
        let findings: Vec<_> = findings.into_iter().take(MAX_FINDINGS).map(bounded).collect();
        Self { omitted: total.saturating_sub(findings.len()), findings }
    }

    /// The findings, in order.
    #[must_use]
    pub fn findings(&self) -> &[ReloadFinding] {
        &self.findings
    }

    /// The number of findings that were left out.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// "and 3 more findings"; `None` if all are here.
    pub(super) fn more(&self) -> Option<String> {
        match self.omitted {
            0 => None,
            1 => Some("and 1 more finding".to_owned()),
            more => Some(format!("and {more} more findings")),
        }
    }
}

impl fmt::Display for ReloadReport {
    /// The texts of all findings, with an empty line between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            write!(f, "\n{}\n", finding.text)?;
        }
        self.more().map_or(Ok(()), |more| write!(f, "\n{more}\n"))
    }
}

/// The answer as JSON.
#[derive(Serialize)]
struct Document<'d> {
    format_version: u32,
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<&'d Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted: Option<usize>,
}

/// Answers 200 with the generation that is now served; 422 if the rules have errors or cannot be
/// published; 202 if the reload takes longer than a minute.
pub(super) async fn reload(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(reload) = &shared.admin.reload else {
        return answer(
            StatusCode::FORBIDDEN,
            "reload by HTTP is not enabled; send SIGHUP, or start with --admin-reload\n",
        );
    };
    if headers.contains_key(ORIGIN) {
        return answer(StatusCode::FORBIDDEN, "web pages cannot reload\n");
    }
    let (done, outcome) = oneshot::channel();
    if reload.try_send(done).is_err() {
        return answer(StatusCode::TOO_MANY_REQUESTS, "another reload is already waiting\n");
    }
    match tokio::time::timeout(RELOAD_TIMEOUT, outcome).await {
        Ok(Ok(result)) if wants_json(&headers) => json(&result),
        Ok(Ok(result)) => text(&result),
        Ok(Err(_)) => answer(StatusCode::SERVICE_UNAVAILABLE, "the server is shutting down\n"),
        Err(_) => answer(StatusCode::ACCEPTED, "the reload is still in progress\n"),
    }
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(','));
    types.any(|kind| kind.split(';').next().is_some_and(|it| it.trim() == "application/json"))
}

fn status(result: &Result<Reloaded, ReloadError>) -> StatusCode {
    if result.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn text(result: &Result<Reloaded, ReloadError>) -> Response<Body> {
    let text = match result {
        Ok(Reloaded { generation, blocked: None }) => format!("generation {generation}\n"),
        Ok(Reloaded { generation, blocked: Some(why) }) => {
            format!("generation {generation}\nnot published: {why}\n")
        }
        Err(error) => {
            let findings = error.report.as_ref().map(ToString::to_string);
            format!("{error}\n{}", findings.unwrap_or_default())
        }
    };
    answer(status(result), text)
}

fn json(result: &Result<Reloaded, ReloadError>) -> Response<Body> {
    let (reloaded, error) = (result.as_ref().ok(), result.as_ref().err());
    let report = error.and_then(|error| error.report.as_deref());
    let document = Document {
        format_version: FORMAT_VERSION,
        valid: error.is_none(),
        generation: reloaded.map(|reloaded| reloaded.generation),
        blocked: reloaded.and_then(|reloaded| reloaded.blocked.as_deref()),
        error: error.map(ToString::to_string),
        findings: report.map(|it| it.findings.iter().map(|finding| &finding.object).collect()),
        omitted: report.map(|report| report.omitted),
    };
    let text = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
    let mut response = typed("application/json", text);
    *response.status_mut() = status(result);
    response
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn json_is_sent_only_to_requesters_who_accept_it() {
        let accepts = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(value));
            wants_json(&headers)
        };
        assert!(accepts("application/json") && accepts("text/html, application/json;q=0.9"));
        assert!(!accepts("*/*") && !accepts("text/plain") && !accepts("application/jsonx"));
        assert!(!wants_json(&HeaderMap::new()));
    }

    #[test]
    fn long_finding_is_cut_at_a_character() {
        let text = "\u{20ac}".repeat(MAX_FINDING_BYTES);
        let report = ReloadReport::new([ReloadFinding { text, ..ReloadFinding::default() }], 1);
        let kept = report.findings()[0].text.len();
        assert!(kept <= MAX_FINDING_BYTES && kept > MAX_FINDING_BYTES - 4, "{kept}");
    }
}
