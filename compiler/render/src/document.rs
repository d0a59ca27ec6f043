//! The JSON document of a command.

use adr_diagnostic::render::{FORMAT_VERSION, FindingObject, finding_objects};
use adr_diagnostic::{Report, Sources};
use serde::Serialize;

/// The fields that the JSON documents of all commands share. The fields of `body` follow them.
///
/// ```
/// use adr_render::document::Document;
///
/// let text = Document::of(()).valid(true).to_json();
/// assert_eq!(text, "{\n  \"format_version\": 2,\n  \"valid\": true\n}\n");
/// ```
#[derive(Serialize)]
pub struct Document<'r, T> {
    format_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingObject<'r>>>,
    #[serde(flatten)]
    body: T,
}

impl<'r, T: Serialize> Document<'r, T> {
    /// A document with the fields of `body`, which is a struct, or `()` for no fields.
    pub fn of(body: T) -> Self {
        Self { format_version: FORMAT_VERSION, valid: None, findings: None, body }
    }

    /// Sets whether the dial plan is without errors, and clients use the deployed files.
    #[must_use]
    pub fn valid(mut self, valid: bool) -> Self {
        self.valid = Some(valid);
        self
    }

    /// Adds the findings of a report. The document is valid if no report has errors.
    #[must_use]
    pub fn findings(mut self, report: &'r Report, sources: &'r Sources) -> Self {
        self.valid = Some(self.valid.unwrap_or(true) && !report.has_errors());
        self.findings.get_or_insert_default().extend(finding_objects(report, sources));
        self
    }

    /// The text, with a final line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
