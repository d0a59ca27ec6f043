//! Layout of test blocks: keywords, numbers and arrows in columns.

use adr_diagnostic::Span;

use super::layout::{Printer, width};
use super::lines::has_empty_line;
use crate::tree::{ListKind, Test, TestBlock};

/// Longest number with which others are aligned.
const LINED_UP: usize = 40;

/// The widths of the parts of consecutive lines.
#[derive(Default)]
struct Columns {
    /// Width of the keyword.
    keyword: usize,
    /// Width of the number in lines without a site.
    plain: usize,
    /// Width of the number and the site in lines with a site.
    at_site: usize,
}

impl Printer<'_> {
    pub(super) fn test_block(&mut self, block: &TestBlock) {
        let brace = self.lines.brace_after(block.span.start + 4);
        self.lines.begin(block.span.start, brace);
        self.lines.push("test ");
        if block.tests.is_empty() && !self.has_comment(brace, block.span.end) {
            self.lines.push("{}");
            return self.lines.wrote(block.span.end);
        }
        self.lines.open(brace + 1);
        let mut rest = block.tests.as_slice();
        while !rest.is_empty() {
            let (run, after) = rest.split_at(self.together(rest));
            let columns = self.test_columns(run);
            for test in run {
                self.test(test, &columns);
            }
            rest = after;
        }
        self.lines.close(block.span.end);
    }

    /// The number of lines at the start without an empty line between them; at least one.
    fn together(&self, tests: &[Test]) -> usize {
        let text = self.lines.text;
        let apart = tests.windows(2).position(|pair| {
            let gap = text.get(pair[0].span.end as usize..pair[1].span.start as usize);
            has_empty_line(gap.unwrap_or_default())
        });
        apart.map_or(tests.len(), |at| at + 1)
    }

    fn test_columns(&self, tests: &[Test]) -> Columns {
        let mut columns = Columns::default();
        for test in tests {
            columns.keyword = columns.keyword.max(keyword(test).len());
            let asked = width(&self.asked(test));
            let column =
                if test.site.is_some() { &mut columns.at_site } else { &mut columns.plain };
            if asked <= LINED_UP {
                *column = asked.max(*column);
            }
        }
        columns
    }

    fn test(&mut self, test: &Test, columns: &Columns) {
        self.lines.begin(test.span.start, test.span.end);
        self.lines.push(keyword(test));
        self.lines.pad(1 + columns.keyword - keyword(test).len());
        let asked = self.asked(test);
        let column = if test.site.is_some() { columns.at_site } else { columns.plain };
        self.lines.push(&asked);
        self.lines.pad(1 + column.saturating_sub(width(&asked)));
        self.lines.push("-> ");
        let expected = test
            .expected
            .map_or_else(|| "unchanged".to_owned(), |span| self.quoted_as_written(span));
        self.lines.push(&expected);
        self.lines.wrote(test.span.end);
    }

    /// The number, and the site if there is one.
    fn asked(&self, test: &Test) -> String {
        let number = self.quoted_as_written(test.number);
        match test.site {
            Some(site) => format!("{number} at \"{}\"", self.lines.slice(site)),
            None => number,
        }
    }

    fn quoted_as_written(&self, span: Span) -> String {
        let text = self.lines.slice(span);
        let before = (span.start as usize).checked_sub(1);
        let quoted = before.is_some_and(|at| self.lines.text.as_bytes().get(at) == Some(&b'"'));
        if quoted { format!("\"{text}\"") } else { text.to_owned() }
    }
}

fn keyword(test: &Test) -> &'static str {
    match test.kind {
        ListKind::Application => "dial",
        ListKind::Lookup => "lookup",
    }
}
