//! Lists of rules: the items of a group or a block.

use super::keyword::{Keyword, Place};
use super::parser::Parser;
use super::token;
use crate::tree::{ListItem, Use};

impl Parser<'_> {
    pub(super) fn list_items(&mut self, what: &str) -> Vec<ListItem> {
        let opening = self.open();
        let mut items = Vec::new();
        while !self.body_ends(opening, what, Place::List) {
            self.list_item(&mut items);
            if items.len() == self.serial_items
                && self.read_in_two_halves(opening, what, &mut items)
            {
                break;
            }
        }
        self.end_of_block();
        items
    }

    pub(super) fn list_item(&mut self, items: &mut Vec<ListItem>) {
        let start = self.at();
        match self.keyword(Place::List) {
            Some(Keyword::Rule) => {
                let rule = self.rule(start);
                items.extend(rule.map(ListItem::Rule));
                self.end_of_block();
            }
            Some(Keyword::Use) => items.extend(self.use_line(start).map(ListItem::Use)),
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
