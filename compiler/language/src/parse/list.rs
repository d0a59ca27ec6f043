//! Lists of rules: what stands between the braces of a group or a block.

use super::keyword::{Keyword, Place};
use super::parser::Parser;
use super::token;
use crate::tree::{Entry, Use};

impl Parser<'_> {
    pub(super) fn entries(&mut self, what: &str) -> Vec<Entry> {
        let opening = self.open();
        let mut entries = Vec::new();
        while !self.body_ends(opening, what, Place::List) {
            self.entry(&mut entries);
            if entries.len() == self.alone && self.halves(opening, what, &mut entries) {
                break;
            }
        }
        self.end_of_block();
        entries
    }

    pub(super) fn entry(&mut self, entries: &mut Vec<Entry>) {
        let start = self.at();
        match self.keyword(Place::List) {
            Some(Keyword::Rule) => {
                let rule = self.rule(start);
                entries.extend(rule.map(Entry::Rule));
                self.end_of_block();
            }
            Some(Keyword::Use) => entries.extend(self.use_line(start).map(Entry::Use)),
            _ => {}
        }
        let read = (self.at() as usize).saturating_sub(self.begin);
        self.tree.arena.reserve(read, self.text.len() - self.begin);
    }

    fn use_line(&mut self, start: u32) -> Option<Use> {
        self.blanks();
        let default = token::word(self.rest).ok().filter(|(_, word)| *word == b"default");
        let group = if let Some((rest, _)) = default {
            self.rest = rest;
            None
        } else if let Some(name) =
            self.quoted_text("the group's name", "`use \"name\"` or `use default`")
        {
            Some(name)
        } else {
            self.skip_item();
            return None;
        };
        let span = self.line_since(start);
        self.end_of_item("each `use`");
        Some(Use { span, group })
    }
}
