//! Parses a long list of rules in two threads.
//!
//! The second thread assumes that a line near the middle that begins with `rule` begins a rule of
//! the same block. If the first thread reaches exactly that place, and neither has found a mistake,
//! the two halves are joined. Otherwise the first thread continues alone, so that the result is
//! always that of one thread.

use std::thread::Builder;

use super::brace::Opening;
use super::keyword::Place;
use super::parser::{Parser, offset};
use crate::tree::ListItem;
use crate::two_threads::in_two_threads;

/// The distance from the middle, in bytes, within which the second half may begin.
const NEAR: usize = 1 << 16;

/// The beginning of the second half.
#[derive(Clone, Copy)]
struct Cut {
    /// The offset of the line end before it.
    line_end: usize,
    /// The offset of its first word, `rule`.
    first: u32,
}

impl Parser<'_> {
    /// Reads the rest in two halves. True if the `}` of the block was read or is missing.
    pub(super) fn read_in_two_halves(
        &mut self,
        opening: Opening,
        what: &str,
        items: &mut Vec<ListItem>,
    ) -> bool {
        self.serial_items = usize::MAX;
        let Some(cut) = self.cut() else {
            return false;
        };
        let (source, text) = (self.tree.source, self.text);
        let second = || {
            let mut parser = Parser::starting_at(source, text, cut.line_end);
            parser.serial_items = usize::MAX;
            let mut items = Vec::new();
            while !parser.body_ends(opening, what, Place::List) {
                parser.list_item(&mut items);
            }
            (parser, items)
        };
        let first = || loop {
            if self.body_ends(opening, what, Place::List) {
                break true;
            }
            if self.at() >= cut.first {
                break false;
            }
            self.list_item(items);
        };
        let ((second, more), is_over) = in_two_threads(Builder::new(), second, first);
        let is_guessed = self.at() == cut.first && self.error_count() + second.error_count() == 0;
        if is_over || !is_guessed {
            return is_over;
        }
        self.join(second, more, items);
        true
    }

    /// The first line near the middle of the rest that begins with `rule`.
    fn cut(&self) -> Option<Cut> {
        let middle = self.text.len() - self.rest.len() / 2;
        let near = self.text.as_bytes().get(middle..)?;
        let near = near.get(..NEAR).unwrap_or(near);
        memchr::memchr_iter(b'\n', near).find_map(|line_end| {
            let line = &near[line_end + 1..];
            let blanks = line.len() - line.trim_ascii_start().len();
            let is_rule = line[blanks..].starts_with(b"rule ");
            is_rule.then(|| Cut {
                line_end: middle + line_end,
                first: offset(middle + line_end + 1 + blanks),
            })
        })
    }

    /// Appends the second half, and continues at its end.
    fn join(&mut self, second: Self, more: Vec<ListItem>, items: &mut Vec<ListItem>) {
        let fields = self.tree.arena.fields_len();
        let values = self.tree.arena.values_len();
        let mut tree = second.tree;
        self.tree.arena.append(tree.arena);
        self.tree.comments.append(&mut tree.comments);
        items.reserve_exact(more.len());
        items.extend(more.into_iter().map(|item| match item {
            ListItem::Rule(mut rule) => {
                rule.fields = rule.fields.start + fields..rule.fields.end + fields;
                rule.first_value += values;
                ListItem::Rule(rule)
            }
            ListItem::Use(used) => ListItem::Use(used),
        }));
        self.rest = second.rest;
        self.line_first = second.line_first;
        self.indent = second.indent;
        self.closed_at = second.closed_at;
    }
}

#[cfg(test)]
mod tests {
    use adr_diagnostic::Sources;
    use proptest::prelude::*;

    use super::super::parser::{Parser, offset};

    /// Lines of dial plans, valid and invalid ones.
    const LINES: &[&str] = &[
        "application {",
        "}",
        "  rule \"a\" { digits 7; prefix 9 }",
        "  rule \"a\" { digits 7; prefix 9 }",
        "  rule \"a\" { begins-with 1, 2..4, [56]; rest 3..; remove matched } // all",
        "  rule \"b\" {",
        "    digits 7; keep",
        "  }",
        "rule \"c\" { digits 4 }",
        "  use \"g\"",
        "  use default",
        "  // rule \"d\"",
        "",
        "group \"g\" {",
        "site \"s\" {",
        "  clients 10.0.0.0/8",
        "  rule \"e { digits 7",
        "  rule",
        "  rule \"f\" { digits seven }",
        "let x = 9",
        "\u{feff}",
    ];

    fn read(text: &str, serial_items: usize) -> String {
        let source = Sources::new().add("plan.adr", text);
        let mut parser = Parser::new(source, text);
        parser.serial_items = serial_items;
        parser.file();
        let Parser { tree, errors, left_out, suspects, .. } = parser;
        format!("{tree:?}\n{errors:?}\n{left_out}\n{suspects:?}")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn two_halves_are_parsed_like_one_text(
            lines in proptest::collection::vec(0..LINES.len(), 0..40),
            serial_items in 1_usize..4,
        ) {
            let lines = lines.iter().map(|at| LINES[*at]);
            let text: Vec<&str> = std::iter::once(LINES[0]).chain(lines).collect();
            let text = text.join("\n");
            prop_assert_eq!(read(&text, serial_items), read(&text, usize::MAX));
        }

        #[test]
        fn two_halves_of_valid_rules_are_parsed_like_one_text(
            lines in proptest::collection::vec(2_usize..5, 0..40),
            serial_items in 1_usize..4,
        ) {
            let lines = lines.iter().map(|at| LINES[*at]);
            let text: Vec<&str> = std::iter::once(LINES[0]).chain(lines).chain(["}"]).collect();
            let text = text.join("\n");
            prop_assert_eq!(read(&text, serial_items), read(&text, usize::MAX));
        }
    }

    #[test]
    fn second_half_of_valid_rules_is_kept() {
        let rules = "  rule \"a\" { digits 7; prefix 9 }\n".repeat(9);
        let text = format!("{{\n{rules}}}");
        let mut parser = Parser::new(Sources::new().add("plan.adr", text.as_str()), &text);
        let opening = parser.open();
        let mut items = Vec::new();
        assert!(parser.read_in_two_halves(opening, "list of rules", &mut items));
        assert_eq!((items.len(), parser.at()), (9, offset(text.len())));
    }
}
