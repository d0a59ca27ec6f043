//! Rule source from files that clients read, from exported files, and from CUCM itself.

use adr_cucm::file::{FileFormat, read_as};
use adr_cucm::{Converted, RuleKind, convert};
use adr_diagnostic::{Report, Sources};
use adr_engine::xml;
use adr_language::{ImportError, ListKind, import, not_a_deployed_file};

use crate::adr_writer::laid_out;
use crate::cucm_source::{CucmSource, Placement};
use crate::text::{client_words, kind_word};

/// What `adrc import` made of its source.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The rule source; `None` if nothing is imported.
    pub text: Option<String>,
    /// The kind of the rules: `application`, `lookup` or `both`.
    pub kind: &'static str,
    /// The number of rules: those that a client reads, or the records of CUCM.
    pub rules: usize,
    /// What adrc found.
    pub report: Report,
    /// The texts of the findings.
    pub sources: Sources,
    /// Why nothing is imported, if the findings do not say it; else empty.
    pub reason: String,
}

impl Imported {
    /// Imports a deployed XML file as a client reads it. Without `kind`, the name of the file says
    /// the kind of the rules.
    ///
    /// # Errors
    ///
    /// A rule that clients accept has no equivalent within CUCM's limits.
    pub fn of_deployed(
        path: &str,
        bytes: &[u8],
        kind: Option<ListKind>,
    ) -> Result<Self, ImportError> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut sources = Sources::new();
        let source = sources.add(path, text.as_str());
        let (strict, client) = xml::check(source, &text, bytes);
        let kind = kind.or_else(|| ListKind::of_file(path)).unwrap_or(ListKind::Application);
        let nothing = |report, sources, reason| {
            let (kind, rules) = (kind_word(kind), client.rules.len());
            Self { text: None, kind, rules, report, sources, reason }
        };
        if client.error.is_some()
            && let Some(found) = not_a_deployed_file(source, &text, bytes)
        {
            return Ok(nothing([found].into_iter().collect(), sources, String::new()));
        }
        if client.error.is_some() || strict.has_doctype {
            return Ok(nothing(strict.report, sources, client_words(&client)));
        }
        let rules = import(kind, &client.rules)?;
        let text = laid_out(format!("// Imported from {}.\n\n{rules}", one_line(path)));
        Ok(Self { text: Some(text), ..nothing(strict.report, sources, String::new()) })
    }

    /// Imports an exported file. `kind` is the kind of the rules where neither the file nor its
    /// name says it.
    #[must_use]
    pub fn of_export(format: FileFormat, path: &str, bytes: &[u8], kind: Option<RuleKind>) -> Self {
        let mut sources = Sources::new();
        let mut file = read_as(format, path, bytes, kind, &mut sources);
        let Converted { application, lookup, report } = convert(file.rules);
        file.report.append(report);
        let rules = Converted { application, lookup, report: file.report };
        let placement = match (rules.application.is_empty(), rules.lookup.is_empty()) {
            (false, false) => Placement::Default,
            (true, false) => Placement::OneList(RuleKind::DirectoryLookup),
            (false, true) => Placement::OneList(RuleKind::Application),
            (true, true) => Placement::OneList(kind.unwrap_or(RuleKind::Application)),
        };
        let origin = one_line(path);
        let source = CucmSource { origin: &origin, rules: &rules, emergency: None, placement };
        let text = (!rules.report.has_errors()).then(|| source.text());
        Self::of_records(&source, text, rules.report.clone(), sources)
    }

    /// Imports what a cluster holds. The findings have their places in the rule source.
    #[must_use]
    pub fn of_cucm(source: &CucmSource<'_>) -> Self {
        let (sources, report) = source.with_findings();
        let text = sources.iter().next().map(|(_, text)| text.text().to_owned());
        Self::of_records(source, text.filter(|_| !report.has_errors()), report, sources)
    }

    fn of_records(
        source: &CucmSource<'_>,
        text: Option<String>,
        report: Report,
        sources: Sources,
    ) -> Self {
        let kind = match source.placement {
            Placement::OneList(RuleKind::Application) => "application",
            Placement::OneList(RuleKind::DirectoryLookup) => "lookup",
            _ => "both",
        };
        let rules = source.rules.application.len() + source.rules.lookup.len();
        Self { text, kind, rules, report, sources, reason: String::new() }
    }
}

/// A path on one line, for a comment.
fn one_line(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).collect()
}
