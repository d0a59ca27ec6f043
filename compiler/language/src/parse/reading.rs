//! One reading of a text, and its report.

use adr_diagnostic::{Diagnostic, Finding, Report, SourceId, Span};

use super::characters::Unseen;
use super::parser::Parser;
use crate::limits::ERRORS_PER_FILE;
use crate::tree::Tree;

pub(crate) static TOO_MANY_ERRORS: Finding = Finding::error(
    "too-many-errors",
    "a file has more errors than are shown",
    include_str!("../pages/too-many-errors.md"),
);

/// The result of reading a text once.
pub(super) struct Reading {
    pub(super) tree: Tree,
    errors: Vec<Diagnostic>,
    /// The number of errors above the limit.
    left_out: usize,
    /// The offsets of braces that may be stray, in the order in which errors made them suspicious.
    pub(super) suspects: Vec<u32>,
}

/// Reads a text once.
pub(super) fn reading(source: SourceId, text: &str) -> Reading {
    let mut parser = Parser::new(source, text);
    parser.file();
    Reading {
        tree: parser.tree,
        errors: parser.errors,
        left_out: parser.left_out,
        suspects: parser.suspects,
    }
}

impl Reading {
    pub(super) fn errors(&self) -> usize {
        self.errors.len() + self.left_out
    }

    /// Adds errors, also above the limit.
    pub(super) fn add(&mut self, mut errors: Vec<Diagnostic>) {
        self.errors.append(&mut errors);
    }

    /// The tree and report of a text that is not a rule source.
    pub(super) fn into_foreign(mut self, found: Diagnostic) -> (Tree, Report) {
        self.tree.items.clear();
        self.tree.damaged = true;
        (self.tree, [found].into_iter().collect())
    }

    pub(super) fn finish(mut self, text: &str, unseen: Unseen) -> (Tree, Report) {
        unseen.silence_lines(text, &mut self.errors);
        let mut found = unseen.found;
        found.append(&mut self.errors);
        found.sort_by_key(Diagnostic::span);
        let left_out =
            self.left_out + unseen.left_out + found.len().saturating_sub(ERRORS_PER_FILE);
        found.truncate(ERRORS_PER_FILE);
        if left_out > 0 {
            let end = found.last().and_then(Diagnostic::span);
            found.push(too_many(left_out, end));
        }
        self.tree.damaged = !found.is_empty();
        (self.tree, found.into_iter().collect())
    }
}

fn too_many(left_out: usize, last: Option<Span>) -> Diagnostic {
    let message = format!(
        "{} errors in this file; only the first {ERRORS_PER_FILE} are shown",
        ERRORS_PER_FILE + left_out
    );
    let diagnostic =
        TOO_MANY_ERRORS.found(message).with_help("fix the first few errors, and check again");
    match last {
        Some(span) => diagnostic.at(span),
        None => diagnostic,
    }
}
