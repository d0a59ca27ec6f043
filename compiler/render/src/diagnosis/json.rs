//! A diagnosis as JSON.

use adr_doctor::{Diagnosis, Found};
use serde::Serialize;

use crate::document::Document;

/// A diagnosis as fields of a JSON document.
#[derive(Debug, Serialize)]
pub struct DiagnosisObject<'d> {
    /// `presence`, `log`, `client`, `cucm` or `nodes`.
    area: &'static str,
    subject: &'d str,
    /// Whether there are neither errors nor warnings.
    healthy: bool,
    path: Vec<StepObject<'d>>,
    found: Vec<FoundObject<'d>>,
    remarks: &'d [String],
    unseen: Vec<UnseenObject<'d>>,
}

#[derive(Debug, Serialize)]
struct StepObject<'d> {
    step: &'static str,
    outcome: &'static str,
    detail: &'d str,
}

#[derive(Debug, Serialize)]
struct FoundObject<'d> {
    name: &'static str,
    severity: &'static str,
    step: &'static str,
    message: &'d str,
    evidence: &'d [String],
    cause: &'static str,
    fixes: Vec<FixObject<'d>>,
    sources: Vec<String>,
    /// Why it comes before the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_first: Option<String>,
}

#[derive(Debug, Serialize)]
struct FixObject<'d> {
    place: String,
    what: &'d str,
    commands: &'d [String],
}

#[derive(Debug, Serialize)]
struct UnseenObject<'d> {
    what: &'d str,
    why: &'d str,
}

impl<'d> From<&'d Diagnosis> for DiagnosisObject<'d> {
    fn from(diagnosis: &'d Diagnosis) -> Self {
        let path = diagnosis.path.iter().map(|at| StepObject {
            step: at.step.word(),
            outcome: at.outcome.word(),
            detail: &at.detail,
        });
        let found = diagnosis.found.iter().enumerate();
        let found = found.map(|(number, one)| found_object(one, diagnosis.why_before_next(number)));
        let unseen =
            diagnosis.unseen.iter().map(|one| UnseenObject { what: &one.what, why: &one.why });
        Self {
            area: diagnosis.area.word(),
            subject: &diagnosis.subject,
            healthy: diagnosis.is_healthy(),
            path: path.collect(),
            found: found.collect(),
            remarks: &diagnosis.remarks,
            unseen: unseen.collect(),
        }
    }
}

fn found_object(found: &Found, why_first: Option<String>) -> FoundObject<'_> {
    let fixes = found.fixes.iter().map(|fix| FixObject {
        place: fix.place.to_string(),
        what: &fix.what,
        commands: &fix.commands,
    });
    FoundObject {
        name: found.cause.finding.name,
        severity: found.severity.word(),
        step: found.cause.step.word(),
        message: &found.message,
        evidence: &found.evidence,
        cause: found.cause.finding.headline,
        fixes: fixes.collect(),
        sources: found.cause.sources.iter().map(ToString::to_string).collect(),
        why_first,
    }
}

/// A diagnosis as one JSON document, with a final line end.
#[must_use]
pub fn to_json(diagnosis: &Diagnosis) -> String {
    Document::of(DiagnosisObject::from(diagnosis)).to_json()
}
