//! Items of a file: lines and blocks at the top level and in sites.

use adr_diagnostic::Finding;

use super::keyword::{Keyword, Place};
use super::parser::Parser;
use super::recover::diagnostic;
use super::token;
use super::value::{Accepts, MISSING_EQUALS_SIGN, MISSING_VALUE};
use crate::tree::{
    Block, Clients, Emergency, Group, Include, Item, Let, ListKind, LongestNumber, Site, SiteItem,
};

pub(super) static XML_SOURCE: Finding = Finding::error(
    "xml-source",
    "an XML file for clients is used as a rule source",
    include_str!("../pages/xml-source.md"),
);

impl Parser<'_> {
    /// Reads the whole text.
    pub(super) fn file(&mut self) {
        self.gap();
        if self.peek() == Some(b'<') && !self.rest.starts_with(b"<<<<<<<") {
            return self.xml();
        }
        while self.peek().is_some() {
            if self.peek() == Some(b'}') {
                self.stray_brace();
            } else {
                self.item();
            }
            self.gap();
        }
    }

    fn xml(&mut self) {
        let span = self.found_span();
        let help = "make a rule source of it first: `adrc import FILE.xml -o FILE.adr`";
        self.error(|| {
            diagnostic(&XML_SOURCE, "this is XML, not a rule source".to_owned(), span, help)
        });
        self.rest = &[];
    }

    fn item(&mut self) {
        let start = self.at();
        let item = match self.keyword(Place::Top) {
            Some(Keyword::Let) => self.let_line(start).map(Item::Let),
            Some(Keyword::Emergency) => self.emergency(start).map(Item::Emergency),
            Some(Keyword::Include) => self.include(start).map(Item::Include),
            Some(Keyword::LongestNumber) => self.longest_number(start).map(Item::LongestNumber),
            Some(Keyword::Group) => self.group(start).map(Item::Group),
            Some(Keyword::Block(kind)) => Some(Item::Block(self.block(start, kind))),
            Some(Keyword::Site) => self.site(start).map(Item::Site),
            Some(Keyword::Test) => Some(Item::Test(self.test_block(start))),
            _ => None,
        };
        self.tree.items.extend(item);
    }

    fn let_line(&mut self, start: u32) -> Option<Let> {
        self.blanks();
        let Some(name) = self.accept(token::word) else {
            let found = self.found();
            let span = self.found_span();
            self.error(|| {
                let message = format!("expected a name, found {found}");
                diagnostic(
                    &MISSING_VALUE,
                    message,
                    span,
                    "write `let name = 9`; a name begins with a letter",
                )
            });
            self.skip_item();
            return None;
        };
        let name = self.span_of(name, 0);
        self.blanks();
        if !self.accept_byte(b'=') {
            let found = self.found();
            let span = self.found_span();
            self.error(|| {
                let message = format!("expected `=`, found {found}");
                diagnostic(&MISSING_EQUALS_SIGN, message, span, "write `let name = 9`")
            });
            self.skip_item();
            return None;
        }
        let (values, whole) = self.values(Accepts::Let);
        if !whole {
            self.skip_item();
            return None;
        }
        let span = self.line_since(start);
        self.end_of_item("each `let`");
        Some(Let { span, name, values })
    }

    fn emergency(&mut self, start: u32) -> Option<Emergency> {
        let (values, whole) = self.values(Accepts::Numbers);
        if !whole {
            self.skip_item();
            return None;
        }
        let span = self.line_since(start);
        self.end_of_item("`emergency`");
        Some(Emergency { span, values })
    }

    fn longest_number(&mut self, start: u32) -> Option<LongestNumber> {
        let first = self.tree.arena.values_len();
        if !self.value(Accepts::Count) {
            self.skip_item();
            return None;
        }
        let values = first..self.tree.arena.values_len();
        let span = self.line_since(start);
        self.end_of_item("`longest-number`");
        Some(LongestNumber { span, values })
    }

    fn include(&mut self, start: u32) -> Option<Include> {
        let Some(path) = self.quoted_text("a path in quotes", "`include \"file.adr\"`") else {
            self.skip_item();
            return None;
        };
        let span = self.line_since(start);
        self.end_of_item("each `include`");
        Some(Include { span, path })
    }

    fn group(&mut self, start: u32) -> Option<Group> {
        let name = self.quoted_text("the group's name", "`group \"name\" { … }`");
        if name.is_none() && self.peek() != Some(b'{') {
            self.skip_item();
            return None;
        }
        let items = self.list_items("group");
        Some(Group { span: self.since(start), name: name?, items })
    }

    fn block(&mut self, start: u32, kind: ListKind) -> Block {
        let keyword = self.since(start);
        let items = self.list_items("list of rules");
        Block { span: self.since(start), keyword, kind, items }
    }

    fn site(&mut self, start: u32) -> Option<Site> {
        let name = self.quoted_text("the site's name", "`site \"name\" { … }`");
        if name.is_none() && self.peek() != Some(b'{') {
            self.skip_item();
            return None;
        }
        let opening = self.open();
        let mut items = Vec::new();
        while !self.body_ends(opening, "site", Place::Site) {
            let start = self.at();
            items.extend(match self.keyword(Place::Site) {
                Some(Keyword::Let) => self.let_line(start).map(SiteItem::Let),
                Some(Keyword::Clients) => self.clients(start).map(SiteItem::Clients),
                Some(Keyword::Block(kind)) => Some(SiteItem::Block(self.block(start, kind))),
                _ => None,
            });
        }
        self.end_of_block();
        Some(Site { span: self.since(start), name: name?, items })
    }

    fn clients(&mut self, start: u32) -> Option<Clients> {
        let mut networks = Vec::new();
        loop {
            self.blanks();
            let network = token::chunk(self.rest).ok().filter(|_| !self.at_line_end());
            let Some((_, text)) = network else {
                let found = self.found();
                let span = self.found_span();
                self.error(|| {
                    let message = format!("expected a network, found {found}");
                    diagnostic(
                        &MISSING_VALUE,
                        message,
                        span,
                        "write networks without quotes: `clients 10.20.0.0/16, 2001:db8:20::/48`",
                    )
                });
                self.skip_item();
                return None;
            };
            let length = memchr::memmem::find(text, b"//").unwrap_or(text.len());
            let at = self.at();
            self.rest = &self.rest[length..];
            networks.push(self.since(at));
            if !self.comma() {
                break;
            }
        }
        let span = self.line_since(start);
        self.end_of_item("`clients`");
        Some(Clients { span, networks })
    }
}
