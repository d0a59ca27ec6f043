//! Renders GitHub workflow commands, which become annotations on a pull request.

use std::fmt::Write;

use super::sanitized;
use crate::{Report, Severity, Sources};

pub(super) fn render(report: &Report, sources: &Sources) -> String {
    let mut out = String::new();
    for found in report.diagnostics() {
        let command = match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "notice",
        };
        let _ = write!(out, "::{command} ");
        if let Some(span) = found.span() {
            let source = sources.get(span.source);
            let (start, end) = (source.position(span.start), source.position(span.end));
            let _ = write!(
                out,
                "file={},line={},col={},",
                property(source.name()),
                start.line,
                start.column
            );
            let _ = write!(out, "endLine={},endColumn={},", end.line, end.column);
        }
        let help: String = found.help.iter().map(|help| format!("\n{help}")).collect();
        let _ = writeln!(
            out,
            "title={}::{}",
            property(found.name),
            data(&format!("{}{help}", found.message))
        );
    }
    out
}

/// Escapes a message.
fn data(text: &str) -> String {
    sanitized(text).replace('%', "%25").replace('\n', "%0A")
}

/// Escapes a property, which ends at `,` or `:`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
