//! Why rules are not published: how many errors they have, and the first of them.

use std::fmt;
use std::sync::Arc;

use adr_diagnostic::{Diagnostic, Severity};
use adr_language::Checked;
use adr_server::ReloadReport;

use crate::reload_report::reload_report;

/// The finding about a rule that breaks emergency calls.
const EMERGENCY_REWRITTEN: &str = "emergency-rewritten";

/// The rules have errors, so they are not published.
#[derive(Debug)]
pub(crate) struct RulesRejected {
    /// The number of errors.
    errors: usize,
    /// The first error, with its position.
    first: String,
    /// The findings.
    report: Arc<ReloadReport>,
}

impl RulesRejected {
    pub(crate) fn of(checked: &Checked) -> Self {
        let (report, sources) = (checked.report(), checked.sources());
        let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
        let errors = || report.diagnostics().iter().filter(is_error);
        // what breaks emergency calls comes first, with the shortest number
        let emergency = errors().filter(|found| found.name == EMERGENCY_REWRITTEN);
        let shortest = emergency.min_by_key(|found| found.witness.as_ref().map_or(0, String::len));
        let first = shortest.or_else(|| errors().next());
        let first = first.map_or_else(String::new, |found| {
            let place = found.span().map_or_else(String::new, |span| {
                let (file, line) = (sources.get(span.source).name(), sources.position(span).line);
                format!("{file}:{line}: ")
            });
            format!("{place}{}: {}", found.name, found.message)
        });
        let report = Arc::new(reload_report(checked));
        Self { errors: errors().count(), first, report }
    }

    /// The findings.
    pub(crate) fn report(&self) -> Arc<ReloadReport> {
        Arc::clone(&self.report)
    }
}

impl std::error::Error for RulesRejected {}

impl fmt::Display for RulesRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { errors, first, .. } = self;
        match errors {
            1 => write!(f, "the rules have 1 error: {first}"),
            _ => write!(f, "the rules have {errors} errors; the first: {first}"),
        }
    }
}
