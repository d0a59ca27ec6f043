//! One way to write a text: `adrc fmt`.
//!
//! Two blanks a level; one item a line; at most one empty line between items; runs of rules that
//! fit a line stand in columns; every comment is kept, beside or above what it stood beside or
//! above. The result is read again and compared before it is given away.

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

/// A text in the one layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The whole text, with LF line ends and one at the end; empty for a text of blanks.
    pub text: String,
    /// Whether it differs from what was given.
    pub changed: bool,
}

/// Lays out a source.
///
/// Idempotent, linear, and without effect on what the text means: the output is parsed and compared
/// with the source, item by item and comment by comment.
///
/// # Errors
///
/// The errors of the source when it has any: such a text is not formatted. Or one that says that
/// adrc has a defect, when the output would not mean the same.
///
/// ```
/// use adr_diagnostic::Sources;
/// use adr_language::format;
///
/// let mut sources = Sources::new();
/// let id = sources.add("plan.adr", "let   outside=9 // the trunk");
/// assert_eq!(format(&sources, id).unwrap().text, "let outside = 9  // the trunk\n");
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
    Ok(Formatted { changed: printed != text, text: printed })
}

/// Writes a tree in the one layout; `text` is the source it was parsed from.
///
/// Of a tree with errors only what was understood is written.
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
        .with_help("leave the file as it is and report it")
}
