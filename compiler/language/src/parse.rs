//! The parser: turns `.adr` text into a tree, and reports every mistake in it.
//!
//! Tokens are nom parsers (`token`), and productions are methods of one [`parser::Parser`]. The
//! parser never backtracks and never recurses, so every text takes linear time and a constant
//! stack. After a mistake it continues at the end of the field, line or block, and reports nothing
//! else about that place.

mod body;
mod brace;
mod characters;
mod file;
pub(crate) mod foreign;
mod keyword;
mod list;
mod name;
mod parser;
mod reading;
mod recover;
mod rule;
mod stray_brace;
mod test_line;
mod token;
mod two_halves;
mod value;

use adr_diagnostic::{Finding, Report, SourceId};

use crate::tree::Tree;
pub(crate) use reading::TOO_MANY_ERRORS;
use reading::reading;

/// Parses one text.
///
/// Every text gives a tree of what was understood; [`Tree::damaged`] is true if the report has an
/// error. A byte order mark at the start is skipped. At most
/// [`ERRORS_PER_FILE`](crate::limits::ERRORS_PER_FILE) errors are reported, and a last one says how
/// many others there are.
#[must_use]
pub fn parse(source: SourceId, text: &str) -> (Tree, Report) {
    let unseen = characters::check(source, text);
    let read = reading(source, text);
    if read.errors() > 0 || !unseen.found.is_empty() {
        let is_understood = !read.tree.items.is_empty();
        if let Some(found) = foreign::recognize(source, text, is_understood) {
            return read.into_foreign(found);
        }
    }
    stray_brace::without_strays(source, text, read).finish(text, unseen)
}

/// Every kind of finding that the parser can give.
pub(crate) static FINDINGS: &[&Finding] = &[
    &characters::CONTROL_CHARACTER,
    &recover::UNEXPECTED_TEXT,
    &recover::WRONG_COMMENT_MARKER,
    &recover::STRAY_SEMICOLON,
    &file::XML_SOURCE,
    &foreign::MERGE_CONFLICT,
    &foreign::NOT_A_RULE_SOURCE,
    &keyword::UNKNOWN_KEYWORD,
    &keyword::MISPLACED_KEYWORD,
    &brace::MISSING_BRACE,
    &brace::STRAY_BRACE,
    &name::MISSING_NAME,
    &name::MISSING_QUOTES,
    &name::UNCLOSED_STRING,
    &rule::REPEATED_FIELD,
    &value::MISSING_VALUE,
    &value::BAD_VALUE,
    &value::BAD_PLACEHOLDER,
    &value::TOO_MANY_VALUES,
    &value::MISSING_EQUALS_SIGN,
    &test_line::BAD_TEST_LINE,
    &TOO_MANY_ERRORS,
];

#[cfg(test)]
mod tests {
    use adr_diagnostic::Sources;

    use super::{FINDINGS, parse};

    fn errors(text: &str) -> usize {
        let mut sources = Sources::new();
        let source = sources.add("page", text);
        parse(source, text).1.diagnostics().len()
    }

    /// The blocks of a page that are marked with `mark`.
    fn blocks<'p>(page: &'p str, mark: &'p str) -> impl Iterator<Item = &'p str> {
        let blocks = page.split("```").skip(1).step_by(2);
        blocks.filter_map(move |block| block.strip_prefix(mark)?.strip_prefix('\n'))
    }

    #[test]
    fn page_examples_are_wrong_or_right_as_labeled() {
        for finding in FINDINGS {
            for right in blocks(finding.page, "adr") {
                assert_eq!(errors(right), 0, "{}", finding.name);
            }
            if !finding.name.starts_with("include-") {
                for wrong in blocks(finding.page, "text") {
                    let wrong = wrong.replace('␀', "\0");
                    assert_ne!(errors(&wrong), 0, "{}", finding.name);
                }
            }
        }
    }

    #[test]
    fn finding_names_are_kebab_case_and_unique() {
        let mut names: Vec<_> = FINDINGS.iter().map(|finding| finding.name).collect();
        assert!(names.iter().all(|name| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        }));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FINDINGS.len());
    }
}
