//! Renders findings as SARIF 2.1.0, for code scanning.

use serde_json::{Value, json};

use super::Options;
use crate::{Diagnostic, Finding, Report, Severity, Sources, Span};

/// The address of the schema.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(report: &Report, sources: &Sources, options: &Options<'_>) -> String {
    let results: Vec<Value> =
        report.diagnostics().iter().map(|found| result(found, sources)).collect();
    let rules: Vec<Value> = options
        .findings
        .iter()
        .filter(|finding| report.diagnostics().iter().any(|found| found.name == finding.name))
        .map(|finding| rule(finding))
        .collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "adrc", "semanticVersion": options.version, "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut out = serde_json::to_string_pretty(&document).unwrap_or_default();
    out.push('\n');
    out
}

fn rule(finding: &Finding) -> Value {
    json!({
        "id": finding.name,
        "shortDescription": { "text": finding.headline },
        "help": { "text": finding.page, "markdown": finding.page },
        "defaultConfiguration": { "level": level(finding.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "note",
    }
}

fn result(found: &Diagnostic, sources: &Sources) -> Value {
    let help: String = found.help.iter().map(|help| format!("\n{help}")).collect();
    let mut result = json!({
        "ruleId": found.name,
        "level": level(found.severity),
        "message": { "text": format!("{}{help}", found.message) },
    });
    let mut labels = found.labels.iter();
    if let Some(primary) = labels.next() {
        result["locations"] = json!([location(primary.span, &primary.text, None, sources)]);
    }
    let related: Vec<Value> = labels
        .enumerate()
        .map(|(at, label)| location(label.span, &label.text, Some(at + 1), sources))
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    if let Some(fix) = &found.fix {
        let changes: Vec<Value> = fix
            .edits
            .iter()
            .map(|edit| {
                json!({
                    "artifactLocation": { "uri": uri(sources.get(edit.span.source).name()) },
                    "replacements": [{
                        "deletedRegion": region(edit.span, sources),
                        "insertedContent": { "text": edit.replacement },
                    }],
                })
            })
            .collect();
        result["fixes"] =
            json!([{ "description": { "text": fix.message }, "artifactChanges": changes }]);
    }
    result
}

fn location(span: Span, text: &str, id: Option<usize>, sources: &Sources) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(sources.get(span.source).name()) },
            "region": region(span, sources),
        },
    });
    if let Some(id) = id {
        location["id"] = json!(id);
    }
    if !text.is_empty() {
        location["message"] = json!({ "text": text });
    }
    location
}

fn region(span: Span, sources: &Sources) -> Value {
    let source = sources.get(span.source);
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// Converts a path to a relative URI: everything except unreserved characters and `/` is
/// percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
