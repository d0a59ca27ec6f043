//! A report with a limited number of findings about lines.

use adr_diagnostic::{Diagnostic, Report};

use super::MAX_LINE_FINDINGS;

/// Findings about lines of a file: the first ones, and how many follow.
#[derive(Debug, Default)]
pub(super) struct LimitedReport {
    report: Report,
    /// The last finding that was left out, and the number of all that were.
    left_out: Option<(Diagnostic, usize)>,
}

impl LimitedReport {
    /// Adds a finding about a line.
    pub(super) fn push(&mut self, found: Diagnostic) {
        if self.report.diagnostics().len() < MAX_LINE_FINDINGS {
            self.report.push(found);
            return;
        }
        let before = self.left_out.take().map_or(0, |(_, count)| count);
        self.left_out = Some((found, before + 1));
    }

    /// The findings. If some were left out, the last one says how many.
    pub(super) fn into_report(mut self) -> Report {
        if let Some((mut found, count)) = self.left_out {
            found.message = format!("{count} more findings about this file; the last one is here");
            found.help.clear();
            self.report.push(found);
        }
        self.report
    }
}
