//! Rules and their fields.

use adr_diagnostic::Finding;

use super::keyword::{Keyword, Place};
use super::parser::{Parser, offset};
use super::value::{Accepts, TOO_MANY_VALUES};
use super::{recover, token};
use crate::tree::{FieldKind, Rule, ValueKind};

pub(super) static REPEATED_FIELD: Finding = Finding::error(
    "repeated-field",
    "a rule has the same field twice",
    include_str!("../pages/repeated-field.md"),
);

impl Parser<'_> {
    /// Reads a rule whose keyword began at `start`; `None` if its name is missing, which is
    /// reported.
    pub(super) fn rule(&mut self, start: u32) -> Option<Rule> {
        let before = self.error_count();
        let name = self.quoted_text("the rule's name", "`rule \"name\" { … }`");
        if name.is_none() && self.peek() != Some(b'{') {
            self.skip_item();
            return None;
        }
        let opening = self.open();
        let first_field = self.tree.arena.fields_len();
        let first_value = self.tree.arena.values_len();
        let mut seen = [None; FieldKind::ALL.len()];
        loop {
            self.field_gap();
            if self.close() {
                break;
            }
            if self.peek().is_none() || self.at_next_entry() {
                self.unclosed(opening, "rule");
                break;
            }
            self.field(&mut seen);
        }
        let fields = first_field..self.tree.arena.fields_len();
        Some(Rule {
            span: self.since(start),
            name: name?,
            fields,
            first_value,
            damaged: self.error_count() > before,
        })
    }

    /// Steps over blanks, line ends, comments and semicolons between fields.
    fn field_gap(&mut self) {
        loop {
            self.gap();
            if !self.accept_byte(b';') {
                return;
            }
        }
    }

    /// Whether a line begins here with a keyword that is not a field: then the `}` of the rule is
    /// missing.
    fn at_next_entry(&self) -> bool {
        self.line_first == self.at()
            && self.peek().is_some_and(token::is_word_start)
            && self.next_keyword().is_some_and(|keyword| !matches!(keyword, Keyword::Field(_)))
    }

    fn field(&mut self, seen: &mut [Option<u32>; FieldKind::ALL.len()]) {
        let start = self.at();
        let Some(Keyword::Field(kind)) = self.keyword(Place::Rule) else {
            return;
        };
        let first = seen[kind as usize].replace(start);
        if let Some(first) = first {
            self.repeated(start, first, kind);
            self.skip_field();
            return;
        }
        let values = self.tree.arena.values_len();
        if self.field_values(kind) {
            let count = self.tree.arena.values_len() - values;
            self.tree.arena.push_field(start, kind, count);
            self.end_of_field(kind);
        } else {
            // The values of a broken list belong to no field, but fields count values from the
            // first one of the rule. Remove them.
            self.tree.arena.truncate_values(values);
            self.skip_field();
        }
    }

    fn field_values(&mut self, kind: FieldKind) -> bool {
        match kind {
            FieldKind::Keep => true,
            FieldKind::BeginsWith => self.values(Accepts::Numbers).1,
            FieldKind::Digits => self.values(Accepts::Digits).1,
            FieldKind::Rest => self.values(Accepts::Rest).1,
            FieldKind::Prefix => self.value(Accepts::Dial) && self.single(kind),
            FieldKind::Remove => self.value(Accepts::Remove) && self.single(kind),
            FieldKind::RemoveAllBut => self.value(Accepts::Count) && self.single(kind),
            FieldKind::Description => self.description() && self.single(kind),
        }
    }

    fn description(&mut self) -> bool {
        let before = self.error_count();
        let text = self.quoted_text("a text in quotes", "`description \"…\"`");
        match text {
            Some(span) if self.error_count() == before => self.push(span, ValueKind::Quoted),
            _ => false,
        }
    }

    fn single(&mut self, kind: FieldKind) -> bool {
        self.blanks();
        if self.peek() != Some(b',') {
            return true;
        }
        let span = self.found_span();
        let keyword = kind.keyword();
        self.error(|| {
            TOO_MANY_VALUES
                .found(format!("`{keyword}` takes one value"))
                .at(adr_diagnostic::Span::new(span.source, span.start, span.start + 1))
                .with_help("write one rule for each value")
        });
        false
    }

    fn end_of_field(&mut self, kind: FieldKind) {
        self.blanks();
        if matches!(self.peek(), Some(b';' | b'}')) || self.at_line_end() {
            return;
        }
        if let Some(Keyword::Field(_)) = self.next_keyword() {
            let span = self.found_span();
            let place = self.span(span.start, span.start);
            let found = self.found();
            self.error(|| {
                recover::UNEXPECTED_TEXT
                    .found(format!("{found} is not expected here"))
                    .at(span)
                    .with_help("write `;` between two fields, or begin a new line")
                    .with_fix(recover::replace(place, "; ", "write `;` before it"))
            });
            return;
        }
        let help = match kind {
            FieldKind::Keep => "`keep` takes no value; write `;` or `}` after it",
            FieldKind::BeginsWith | FieldKind::Digits | FieldKind::Rest => {
                "write `,` between two values and `;` between two fields"
            }
            _ => "write `;` after the value, or begin a new line",
        };
        self.unexpected(help);
        self.skip_field();
    }

    fn repeated(&mut self, start: u32, first: u32, kind: FieldKind) {
        let keyword = kind.keyword();
        let length = offset(keyword.len());
        let (again, first) = (self.span(start, start + length), self.span(first, first + length));
        self.error(|| {
            REPEATED_FIELD
                .found(format!("`{keyword}` is used twice in one rule"))
                .at(again)
                .at(first)
                .with_label("first here")
                .with_help(match kind {
                    FieldKind::BeginsWith | FieldKind::Digits | FieldKind::Rest => {
                        "write one list: the values with `,` between them"
                    }
                    FieldKind::Keep => "delete one of the two",
                    _ => "delete one of the two, or make two rules",
                })
        });
    }
}
