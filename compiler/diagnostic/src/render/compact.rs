//! One line a finding.

use std::fmt::Write;

use super::harmless;
use crate::{Report, Sources};

pub(super) fn render(report: &Report, sources: &Sources) -> String {
    let mut out = String::new();
    for found in report.diagnostics() {
        if let Some(span) = found.span() {
            let position = sources.position(span);
            let name = harmless(sources.get(span.source).name());
            let _ = write!(out, "{name}:{}:{}: ", position.line, position.column);
        }
        let message = harmless(&found.message).replace('\n', " ");
        let _ = writeln!(out, "{}[{}]: {message}", found.severity.word(), found.name);
    }
    out
}
