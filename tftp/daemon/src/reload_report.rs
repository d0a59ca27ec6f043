//! The findings of rejected rules, for the status page and for requesters of a reload.

use std::cmp::Reverse;

use adr_diagnostic::render::{Format, Options, finding_objects, render};
use adr_diagnostic::{Diagnostic, Report, Severity, Sources};
use adr_language::Checked;
use adr_server::{ReloadFinding, ReloadReport};

/// Columns of the text of a finding.
const WIDTH: usize = 100;

/// The findings of a check, errors first.
pub(crate) fn reload_report(checked: &Checked) -> ReloadReport {
    let mut found: Vec<&Diagnostic> = checked.report().diagnostics().iter().collect();
    found.sort_by_key(|found| Reverse(found.severity));
    let total = found.len();
    ReloadReport::new(found.into_iter().map(|found| finding(found, checked.sources())), total)
}

fn finding(found: &Diagnostic, sources: &Sources) -> ReloadFinding {
    let alone: Report = [found.clone()].into_iter().collect();
    let options = Options {
        color: false,
        width: WIDTH,
        version: env!("CARGO_PKG_VERSION"),
        findings: adr_language::findings(),
        valid: None,
    };
    let text = render(Format::Text, &alone, sources, &options);
    let objects = finding_objects(&alone, sources);
    ReloadFinding {
        is_error: found.severity == Severity::Error,
        text: text.trim_end().to_owned(),
        object: objects.first().and_then(|it| serde_json::to_value(it).ok()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use adr_language::{EntryFile, Levels, ReadError, World, load};

    use super::*;

    struct Text(String);

    impl World for Text {
        fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
            Ok(self.0.clone().into_bytes())
        }
    }

    #[test]
    fn report_has_place_cause_and_help_of_the_first_hundred_findings_errors_first() {
        let rule =
            |at: usize| format!("  rule \"r{at}\" {{ begins-with {at}; digits 1O; prefix 9 }}\n");
        let rules: String = (100..220).map(rule).collect();
        let text = format!("application {{\n{rules}}}\n");
        let entry = EntryFile { path: "plan.adr".into(), root: String::new() };
        let checked = load(&Text(text), &[entry]).check(&Levels::default());
        let report = reload_report(&checked);
        assert_eq!(report.findings().len(), 100);
        assert_eq!(report.omitted(), checked.report().diagnostics().len() - 100);
        let first = &report.findings()[0];
        assert!(first.is_error);
        for part in ["error[bad-value]: `1O`", "plan.adr:2:", "digits 1O", "help: letters are not"]
        {
            assert!(first.text.contains(part), "{part}: {}", first.text);
        }
        assert_eq!(
            (&first.object["name"], &first.object["line"]),
            (&"bad-value".into(), &2.into())
        );
    }
}
