//! Layout of items: one on each line, or with a body.

use adr_diagnostic::Span;

use super::lines::Lines;
use crate::tree::{
    Block, Clients, Group, Item, Let, ListItem, Site, SiteItem, Tree, Use, Value, Values,
};

/// Widest line that the formatter makes where possible, in characters.
pub const WIDTH: usize = 100;

/// Writes a tree.
pub(super) struct Printer<'t> {
    pub(super) lines: Lines<'t>,
}

impl<'t> Printer<'t> {
    pub(super) fn new(tree: &'t Tree, text: &'t str) -> Self {
        Self { lines: Lines::new(tree, text) }
    }

    pub(super) fn file(&mut self) {
        for item in &self.lines.tree.items {
            match item {
                Item::Let(line) => self.let_line(line),
                Item::Emergency(line) => self.list_line(line.span, "emergency", &line.values),
                Item::LongestNumber(line) => {
                    self.list_line(line.span, "longest-number", &line.values);
                }
                Item::Include(line) => self.quoted_line(line.span, "include", line.path),
                Item::Group(group) => self.group(group),
                Item::Block(block) => self.block(block, 0),
                Item::Site(site) => self.site(site),
                Item::Test(test) => self.test_block(test),
            }
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.lines.comments_before(u32::MAX);
        self.lines.finish()
    }

    fn let_line(&mut self, line: &Let) {
        let name = self.lines.slice(line.name);
        self.list_line(line.span, &format!("let {name} ="), &line.values);
    }

    fn list_line(&mut self, span: Span, head: &str, values: &Values) {
        let texts = self.texts(values);
        self.list(span, head, &texts);
    }

    fn clients(&mut self, line: &Clients) {
        let networks = line.networks.iter();
        let texts: Vec<String> = networks.map(|span| self.lines.slice(*span).to_owned()).collect();
        self.list(line.span, "clients", &texts);
    }

    /// Writes a keyword and a list, broken after commas if it is too long.
    pub(super) fn list(&mut self, span: Span, head: &str, texts: &[String]) {
        self.lines.begin(span.start, span.end);
        self.lines.push(head);
        let begin = self.lines.indent() + width(head);
        let mut column = begin;
        for (at, text) in texts.iter().enumerate() {
            let comma = usize::from(at + 1 < texts.len());
            if column + 1 + width(text) + comma > WIDTH && column > begin {
                self.lines.push("\n");
                self.lines.pad(begin);
                column = begin;
            }
            self.lines.push(" ");
            self.lines.push(text);
            self.lines.push(if comma == 1 { "," } else { "" });
            column += 1 + width(text) + comma;
        }
        self.lines.wrote(span.end);
    }

    fn quoted_line(&mut self, span: Span, keyword: &str, text: Span) {
        self.lines.begin(span.start, span.end);
        self.lines.push(keyword);
        self.lines.push(" \"");
        self.lines.push(self.lines.slice(text));
        self.lines.push("\"");
        self.lines.wrote(span.end);
    }

    fn use_line(&mut self, line: &Use) {
        self.lines.begin(line.span.start, line.span.end);
        self.push_use(line);
        self.lines.wrote(line.span.end);
    }

    fn push_use(&mut self, line: &Use) {
        match line.group {
            None => self.lines.push("use default"),
            Some(name) => {
                self.lines.push("use \"");
                self.lines.push(self.lines.slice(name));
                self.lines.push("\"");
            }
        }
    }

    fn group(&mut self, group: &Group) {
        let brace = self.lines.brace_after(group.name.end + 1);
        self.named(group.span, "group", group.name, brace);
        self.body(group.span, brace, &group.items, 0);
    }

    /// Begins the line of an item with a name and a body.
    pub(super) fn named(&mut self, span: Span, keyword: &str, name: Span, brace: u32) {
        self.lines.begin(span.start, brace);
        self.lines.push(keyword);
        self.lines.push(" \"");
        self.lines.push(self.lines.slice(name));
        self.lines.push("\"");
    }

    /// Writes a list of rules; its keyword is padded to `column` if the list fits on one line.
    fn block(&mut self, block: &Block, column: usize) {
        let brace = self.lines.brace_after(block.keyword.end);
        self.lines.begin(block.span.start, brace);
        let word = match block.kind {
            crate::tree::ListKind::Application => "application",
            crate::tree::ListKind::Lookup => "lookup",
        };
        self.lines.push(word);
        self.body(block.span, brace, &block.items, column.saturating_sub(word.len()));
    }

    /// Writes items in braces: on the same line if there is only one `use`.
    fn body(&mut self, span: Span, brace: u32, items: &[ListItem], padding: usize) {
        if !self.has_comment(brace, span.end) {
            if let [ListItem::Use(line)] = items {
                self.lines.pad(padding);
                self.lines.push(" { ");
                self.push_use(line);
                self.lines.push(" }");
                return self.lines.wrote(span.end);
            }
            if items.is_empty() {
                self.lines.pad(padding);
                self.lines.push(" {}");
                return self.lines.wrote(span.end);
            }
        }
        self.lines.push(" ");
        self.lines.open(brace + 1);
        self.list_items(items);
        self.lines.close(span.end);
    }

    fn list_items(&mut self, items: &[ListItem]) {
        let mut rest = items;
        while let Some(first) = rest.first() {
            match first {
                ListItem::Use(line) => {
                    self.use_line(line);
                    rest = &rest[1..];
                }
                ListItem::Rule(_) => rest = self.rules(rest),
            }
        }
    }

    fn site(&mut self, site: &Site) {
        let brace = self.lines.brace_after(site.name.end + 1);
        self.named(site.span, "site", site.name, brace);
        if site.items.is_empty() && !self.has_comment(brace, site.span.end) {
            self.lines.push(" {}");
            return self.lines.wrote(site.span.end);
        }
        self.lines.push(" ");
        self.lines.open(brace + 1);
        for (at, item) in site.items.iter().enumerate() {
            match item {
                SiteItem::Let(line) => self.let_line(line),
                SiteItem::Clients(line) => self.clients(line),
                SiteItem::Block(block) => self.block(block, column(&site.items, at)),
            }
        }
        self.lines.close(site.span.end);
    }

    /// Whether a comment stands between the two offsets.
    pub(super) fn has_comment(&self, from: u32, to: u32) -> bool {
        let pending = self.lines.pending();
        let first = pending.partition_point(|span| span.start < from);
        pending.get(first).is_some_and(|span| span.start < to)
    }

    /// The values as written in the source.
    pub(super) fn texts(&self, values: &Values) -> Vec<String> {
        let values = self.lines.tree.values(values);
        values.map(|value| written(value, self.lines.slice(value.span))).collect()
    }
}

/// The width of the keywords of neighboring blocks with one `use`: that of the widest one.
fn column(items: &[SiteItem], at: usize) -> usize {
    let short = |item: Option<&SiteItem>| match item {
        Some(SiteItem::Block(block)) => matches!(block.items.as_slice(), [ListItem::Use(_)] | []),
        _ => false,
    };
    let neighbor = short(at.checked_sub(1).and_then(|before| items.get(before)));
    if neighbor || short(items.get(at + 1)) { "application".len() } else { 0 }
}

/// A value as written in the source.
pub(super) fn written(value: Value, text: &str) -> String {
    if value.is_quoted() { format!("\"{text}\"") } else { text.to_owned() }
}

/// The width of a text in characters; each counts as one column.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}
