//! Renders each finding on one line.

use std::fmt::Write;

use super::one_line;
use crate::{Report, Sources};

pub(super) fn render(report: &Report, sources: &Sources) -> String {
    let mut out = String::new();
    for found in report.diagnostics() {
        if let Some(span) = found.span() {
            let position = sources.position(span);
            let name = one_line(sources.get(span.source).name());
            let _ = write!(out, "{name}:{}:{}: ", position.line, position.column);
        }
        let message = one_line(&found.message);
        let _ = writeln!(out, "{}[{}]: {message}", found.severity.word(), found.name);
    }
    out
}
