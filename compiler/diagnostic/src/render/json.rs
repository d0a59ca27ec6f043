//! Renders findings as JSON: one document, or one object on each line.

use serde::Serialize;

use super::FORMAT_VERSION;
use crate::{Applicability, Diagnostic, Position, Report, Sources, Span};

#[derive(Serialize)]
struct Document<'r> {
    format_version: u32,
    valid: bool,
    findings: Vec<FindingObject<'r>>,
}

#[derive(Serialize)]
struct Line<'r> {
    format_version: u32,
    #[serde(flatten)]
    finding: FindingObject<'r>,
}

/// A finding as an object of a JSON document. It can only be serialized.
#[derive(Serialize)]
pub struct FindingObject<'r> {
    name: &'r str,
    severity: &'r str,
    message: &'r str,
    file: Option<&'r str>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    rule_position: Option<u32>,
    witness: Option<&'r str>,
    help: &'r [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    covered_by: &'r [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Place<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixObject<'r>>,
}

#[derive(Serialize)]
struct Place<'r> {
    file: &'r str,
    line: u32,
    column: u32,
    text: &'r str,
}

#[derive(Serialize)]
struct FixObject<'r> {
    message: &'r str,
    safe: bool,
    edits: Vec<EditObject<'r>>,
}

#[derive(Serialize)]
struct EditObject<'r> {
    file: &'r str,
    start_byte: u32,
    end_byte: u32,
    replacement: &'r str,
}

/// The findings of a report, in order, for a JSON document with further fields than those of
/// [`Format::Json`](super::Format::Json).
#[must_use]
pub fn finding_objects<'r>(report: &'r Report, sources: &'r Sources) -> Vec<FindingObject<'r>> {
    report.diagnostics().iter().map(|found| object(found, sources)).collect()
}

pub(super) fn render(report: &Report, sources: &Sources, valid: Option<bool>) -> String {
    let document = Document {
        format_version: FORMAT_VERSION,
        valid: valid.unwrap_or(!report.has_errors()),
        findings: finding_objects(report, sources),
    };
    let mut out = serde_json::to_string_pretty(&document).unwrap_or_default();
    out.push('\n');
    out
}

pub(super) fn render_lines(report: &Report, sources: &Sources) -> String {
    let line = |found| Line { format_version: FORMAT_VERSION, finding: object(found, sources) };
    let lines = report.diagnostics().iter().map(line);
    lines.map(|line| serde_json::to_string(&line).unwrap_or_default() + "\n").collect()
}

fn object<'r>(found: &'r Diagnostic, sources: &'r Sources) -> FindingObject<'r> {
    let span = found.span();
    let start = span.map(|span| sources.position(span));
    let end = span.map(|span| end(span, sources));
    FindingObject {
        name: found.name,
        severity: found.severity.word(),
        message: &found.message,
        file: span.map(|span| sources.get(span.source).name()),
        line: start.map(|start| start.line),
        column: start.map(|start| start.column),
        end_line: end.map(|end| end.line),
        end_column: end.map(|end| end.column),
        rule_position: found.rule_position,
        witness: found.witness.as_deref(),
        help: &found.help,
        covered_by: &found.covered_by,
        labels: found
            .labels
            .iter()
            .skip(1)
            .map(|label| place(label.span, &label.text, sources))
            .collect(),
        fix: found.fix.as_ref().map(|fix| FixObject {
            message: &fix.message,
            safe: fix.applicability == Applicability::Safe,
            edits: fix
                .edits
                .iter()
                .map(|edit| EditObject {
                    file: sources.get(edit.span.source).name(),
                    start_byte: edit.span.start,
                    end_byte: edit.span.end,
                    replacement: &edit.replacement,
                })
                .collect(),
        }),
    }
}

fn place<'r>(span: Span, text: &'r str, sources: &'r Sources) -> Place<'r> {
    let position = sources.position(span);
    Place {
        file: sources.get(span.source).name(),
        line: position.line,
        column: position.column,
        text,
    }
}

fn end(span: Span, sources: &Sources) -> Position {
    sources.get(span.source).position(span.end)
}
