//! Files with rules that an administrator exports: CSV, BAT's tar, and the text of `run sql`.
//!
//! The columns of such files are not documented. adrc matches them by the labels of the page, the
//! names of AXL and the names of the database, and refuses every other layout with its header in
//! the finding. Each rule keeps the place of its row.

mod archive;
mod columns;
mod csv_table;
mod decode;
mod findings;
mod gateways;
mod patterns;
mod transcript;

use adr_diagnostic::{Diagnostic, Report, SourceId, Sources, Span};

pub use columns::{LayoutError, rules_of_rows};
pub use findings::FINDINGS;
pub use gateways::{GATEWAY_LIMIT, GatewaysError, PresenceGateway, read_presence_gateways};
pub use patterns::{ExportedPattern, ExportedUsage, PatternFile, PatternFileError, read_patterns};

use crate::rule::{CucmRule, RuleKind};

/// Largest file or member of an archive, in bytes. 10,000 rules have about 1 MB.
pub const FILE_BYTES: usize = 16 * 1024 * 1024;

/// Most rows of a table. 10,000 rules are many.
pub const ROW_LIMIT: usize = 100_000;

/// Most findings about rows of one table. They have one cause usually.
const ROW_FINDINGS: usize = 20;

/// A rule, and the row that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedRule {
    /// The rule.
    pub rule: CucmRule,
    /// Its row; `None` for rules that were not read from a file.
    pub span: Option<Span>,
}

impl From<CucmRule> for LocatedRule {
    fn from(rule: CucmRule) -> Self {
        Self { rule, span: None }
    }
}

/// The rules of a file, and the findings about it.
#[derive(Clone, Debug, Default)]
pub struct FileRules {
    /// The rules, in the order of the file; see [`convert`](crate::convert()) for the order in
    /// which they apply.
    pub rules: Vec<LocatedRule>,
    /// What is wrong with the file. If it has errors, the rules may be incomplete.
    pub report: Report,
}

impl FileRules {
    fn append(&mut self, mut other: Self) {
        self.rules.append(&mut other.rules);
        self.report.append(other.report);
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// A tar archive, as BAT exports it.
    Archive,
    /// The text of `run sql select …` on the command line of a node.
    Transcript,
    /// A table with comma, semicolon or tab between fields.
    Table,
}

impl FileFormat {
    /// The format of these bytes, by their content alone; `None` if they look like none of them. A
    /// table is recognized by its header, which names at least one column of dial rules.
    #[must_use]
    pub fn recognize(bytes: &[u8]) -> Option<Self> {
        if archive::is_archive(bytes) {
            return Some(Self::Archive);
        }
        if bytes.len() > FILE_BYTES {
            return None;
        }
        let text = decode::decode(bytes).text;
        if transcript::is_transcript(&text) {
            return Some(Self::Transcript);
        }
        csv_table::is_table(&text).then_some(Self::Table)
    }
}

/// Reads a file of any [`FileFormat`]. Its text is added to `sources` under `name`. A file that
/// looks like none of them is read as a table.
///
/// `kind` is the kind of the rules where neither the file nor its name says it.
///
/// ```
/// use adr_cucm::RuleKind;
/// use adr_cucm::file::read;
/// use adr_diagnostic::Sources;
///
/// let csv = "Name;Number Begins With;Number of Digits;Total Digits to be Removed;\
///            Prefix With Pattern\nE164;+1;12;2;91\n";
/// let mut sources = Sources::new();
/// let file = read("ApplicationDialRules.csv", csv.as_bytes(), None, &mut sources);
/// assert!(file.report.is_empty());
/// let first = &file.rules[0];
/// assert_eq!((first.rule.kind, &*first.rule.prefix), (RuleKind::Application, "91"));
/// assert_eq!(sources.slice(first.span.unwrap()), "E164;+1;12;2;91");
/// ```
#[must_use]
pub fn read(name: &str, bytes: &[u8], kind: Option<RuleKind>, sources: &mut Sources) -> FileRules {
    match FileFormat::recognize(bytes) {
        Some(FileFormat::Archive) => archive::read(name, bytes, kind, sources),
        _ => read_text(name, bytes, kind, sources),
    }
}

/// Reads a file of this format, whatever it looks like; otherwise as [`read()`] does.
#[must_use]
pub fn read_as(
    format: FileFormat,
    name: &str,
    bytes: &[u8],
    kind: Option<RuleKind>,
    sources: &mut Sources,
) -> FileRules {
    match format {
        FileFormat::Archive => archive::read(name, bytes, kind, sources),
        FileFormat::Transcript => read_text_as(transcript::read, name, bytes, kind, sources),
        FileFormat::Table => read_text_as(csv_table::read, name, bytes, kind, sources),
    }
}

/// Reads a file that is not an archive.
fn read_text(name: &str, bytes: &[u8], kind: Option<RuleKind>, sources: &mut Sources) -> FileRules {
    let read: TextReader = |source, text, kind| match transcript::is_transcript(text) {
        true => transcript::read(source, text, kind),
        false => csv_table::read(source, text, kind),
    };
    read_text_as(read, name, bytes, kind, sources)
}

type TextReader = fn(SourceId, &str, Option<RuleKind>) -> FileRules;

fn read_text_as(
    read: TextReader,
    name: &str,
    bytes: &[u8],
    kind: Option<RuleKind>,
    sources: &mut Sources,
) -> FileRules {
    let (source, text, mut rules) = add_text(name, bytes, sources);
    if !rules.report.has_errors() {
        rules.append(read(source, &text, RuleKind::in_name(name).or(kind)));
    }
    rules
}

/// Decodes a file and adds its text to the sources, with the findings about its bytes.
fn add_text(name: &str, bytes: &[u8], sources: &mut Sources) -> (SourceId, String, FileRules) {
    let mut rules = FileRules::default();
    if bytes.len() > FILE_BYTES {
        let source = sources.add(name, "");
        let message = format!("`{name}` has {} bytes; the limit is {FILE_BYTES}", bytes.len());
        rules.report.push(findings::EXPORT_TOO_LARGE.found(message).at(Span::new(source, 0, 0)));
        return (source, String::new(), rules);
    }
    let decoded = decode::decode(bytes);
    let source = sources.add(name, decoded.text.as_str());
    if decoded.is_guessed {
        let message = format!("`{name}` is not UTF-8; adrc reads it as Windows-1252");
        let found = findings::GUESSED_ENCODING.found(message).at(Span::new(source, 0, 0));
        rules.report.push(found.with_help("save the file as UTF-8, and compare the names"));
    }
    (source, decoded.text, rules)
}

/// The finding about a table with more than [`ROW_LIMIT`] rows.
fn too_many_rows(place: Span) -> Diagnostic {
    findings::EXPORT_TOO_LARGE.found(format!("the table has more than {ROW_LIMIT} rows")).at(place)
}

/// Adds a finding about a row, unless there are many.
fn push_about_row(report: &mut Report, found: Diagnostic) {
    if report.diagnostics().len() < ROW_FINDINGS {
        report.push(found);
    }
}

/// The place of a part of a text.
fn span(source: SourceId, start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(source, offset(start), offset(end))
}
