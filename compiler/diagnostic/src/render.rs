//! Renders a report for people, pipelines and editors.

mod compact;
mod github;
mod json;
mod junit;
mod sarif;
mod text;

use crate::{Finding, Report, Severity, Sources};

pub use json::{FindingObject, finding_objects};
pub use junit::{Outcome, TestCase, error_cases, junit_cases};

/// The version of all JSON output of adrc. It is raised when a field changes its name or meaning.
pub const FORMAT_VERSION: u32 = 2;

/// The output formats of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: the place in its source, labels, help.
    #[default]
    Text,
    /// One line for each finding: `file:line:column: severity[name]: message`.
    Compact,
    /// One JSON document.
    Json,
    /// One JSON object on each line.
    Ndjson,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for test reports.
    Junit,
    /// GitHub workflow commands, for annotations on a pull request.
    Github,
}

impl Format {
    /// Every format, in the order in which help lists them.
    pub const ALL: [Self; 7] = [
        Self::Text,
        Self::Compact,
        Self::Json,
        Self::Ndjson,
        Self::Sarif,
        Self::Junit,
        Self::Github,
    ];

    /// The name in lower case, as `--format` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Compact => "compact",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
        }
    }
}

/// The options of a renderer.
#[derive(Clone, Copy, Debug)]
pub struct Options<'o> {
    /// Whether [`Format::Text`] is colored.
    pub color: bool,
    /// The width of [`Format::Text`], in columns.
    pub width: usize,
    /// The version of adrc, for [`Format::Sarif`].
    pub version: &'o str,
    /// All kinds of findings, for [`Format::Sarif`].
    pub findings: &'o [&'static Finding],
    /// The field `valid` of [`Format::Json`]; `None` means that it is true if there are no errors.
    pub valid: Option<bool>,
}

/// Renders a report in a format, with a final line end unless the output is empty.
///
/// ```
/// use adr_diagnostic::render::{Format, Options, render};
/// use adr_diagnostic::{Diagnostic, Report, Sources, Span};
///
/// let mut sources = Sources::new();
/// let id = sources.add("plan.adr", "digits 1O\n");
/// let report: Report =
///     [Diagnostic::error("bad-number", "`1O` is not a number").at(Span::new(id, 7, 9))].into_iter().collect();
/// let options = Options { color: false, width: 100, version: "0.1.0", findings: &[], valid: None };
/// assert_eq!(
///     render(Format::Compact, &report, &sources, &options),
///     "plan.adr:1:8: error[bad-number]: `1O` is not a number\n"
/// );
/// ```
#[must_use]
pub fn render(format: Format, report: &Report, sources: &Sources, options: &Options<'_>) -> String {
    match format {
        Format::Text => text::render(report, sources, options),
        Format::Compact => compact::render(report, sources),
        Format::Json => json::render(report, sources, options.valid),
        Format::Ndjson => json::render_lines(report, sources),
        Format::Sarif => sarif::render(report, sources, options),
        Format::Junit => junit::render(report, sources),
        Format::Github => github::render(report, sources),
    }
}

/// Counts the findings: "2 errors, 1 warning"; `None` if there are none.
#[must_use]
pub fn summary(report: &Report) -> Option<String> {
    let part = |severity: Severity, one: &str, many: &str| match report.count(severity) {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [
        part(Severity::Error, "error", "errors"),
        part(Severity::Warning, "warning", "warnings"),
        part(Severity::Information, "note", "notes"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Replaces characters that a terminal would act on: control characters except line ends, and those
/// that change the direction of writing.
fn sanitized(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// The same, on one line.
fn one_line(text: &str) -> String {
    sanitized(text).replace('\n', " ")
}
