//! The formatter, `adrc fmt`: one layout for every rule source.
//!
//! The layout has two spaces for each level, one item on each line, and at most one empty line
//! between items. Consecutive rules that fit on a line are aligned in columns. Every comment is
//! kept, beside or above the text that it belongs to. The output is parsed again and compared with
//! the source before it is returned.

mod compare;
mod layout;
mod lines;
mod rules;
mod test_lines;

use adr_diagnostic::{Finding, Report, SourceId, Sources, Span};

pub use layout::WIDTH;

use crate::parse::parse;
use crate::tree::Tree;

/// Every kind of finding that formatting can give.
pub(crate) static FINDINGS: &[&Finding] = &[&FORMATTER_DEFECT];

static FORMATTER_DEFECT: Finding = Finding::error(
    "formatter-defect",
    "the formatter would change the meaning of the text",
    include_str!("pages/formatter-defect.md"),
);

/// A formatted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The whole text, with LF line ends and a final one; empty for a text of blanks.
    pub text: String,
    /// Whether it differs from the source.
    pub changed: bool,
}

/// Formats a source.
///
/// Formatting is idempotent, takes linear time, and does not change what the text means: the output
/// is parsed and compared with the source, item by item and comment by comment.
///
/// # Errors
///
/// The errors of the source, if it has any. If the output would not mean the same, which is a
/// defect of adrc, an error that says so.
///
/// ```
/// use adr_diagnostic::Sources;
/// use adr_language::format;
///
/// let mut sources = Sources::new();
/// let id = sources.add("plan.adr", "let   outside=9 // the trunk");
/// assert_eq!(format(&sources, id).unwrap().text, "let outside = 9  // the trunk\n");
/// let id = sources.add("windows.adr", "let   outside=9\r\nlet inside = 1\r\n");
/// let formatted = format(&sources, id).unwrap();
/// assert_eq!(formatted.text, "let outside = 9\r\nlet inside = 1\r\n");
/// ```
pub fn format(sources: &Sources, source: SourceId) -> Result<Formatted, Report> {
    let text = sources.get(source).text();
    let (tree, report) = parse(source, text);
    if report.has_errors() {
        return Err(report);
    }
    let printed = print(&tree, text);
    let (again, report) = parse(source, &printed);
    let same = !report.has_errors() && compare::same((&tree, text), (&again, &printed));
    if !same {
        return Err([defect(source)].into_iter().collect());
    }
    let printed = with_line_ends_of(text, printed);
    Ok(Formatted { changed: printed != text, text: printed })
}

/// Keeps the line ends of a file: those of its first line count.
fn with_line_ends_of(text: &str, printed: String) -> String {
    let first_line = text.split_inclusive('\n').next().unwrap_or_default();
    match first_line.ends_with("\r\n") {
        true => printed.replace('\n', "\r\n"),
        false => printed,
    }
}

/// Writes a tree as formatted text; `text` is the source that it was parsed from.
///
/// Of a tree with errors, only what was understood is written.
#[must_use]
pub fn print(tree: &Tree, text: &str) -> String {
    let mut printer = layout::Printer::new(tree, text);
    printer.file();
    printer.finish()
}

fn defect(source: SourceId) -> adr_diagnostic::Diagnostic {
    FORMATTER_DEFECT
        .found("the formatted text would not mean the same; this is a defect of adrc")
        .at(Span::new(source, 0, 0))
        .with_help("leave the file unchanged and report this defect")
}
