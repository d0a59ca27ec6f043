//! Layout of rules: in columns if they fit on a line, otherwise with one field on each line.

use super::layout::{Printer, WIDTH, width, written};
use super::lines::has_empty_line;
use crate::tree::{Field, FieldKind, ListItem, Rule};

/// Kinds of fields.
const KINDS: usize = FieldKind::ALL.len();

/// The widths of the parts of consecutive rules.
#[derive(Default)]
struct Columns {
    /// Width of the name with its quotes.
    name: usize,
    /// Width of each field with the `;` after it; 0 if no rule of the run has the field.
    fields: [usize; KINDS],
}

impl Printer<'_> {
    /// Writes the consecutive rules at the start of `items`, and returns the rest.
    pub(super) fn rules<'e>(&mut self, items: &'e [ListItem]) -> &'e [ListItem] {
        let length = self.run(items);
        let columns = self.columns(&items[..length]);
        for item in &items[..length] {
            if let ListItem::Rule(rule) = item {
                self.short_rule(rule, &columns);
            }
        }
        match items.first() {
            Some(ListItem::Rule(rule)) if length == 0 => {
                self.long_rule(rule);
                &items[1..]
            }
            _ => &items[length..],
        }
    }

    /// The number of rules at the start that fit on a line and have no empty line or comment line
    /// between them.
    fn run(&self, items: &[ListItem]) -> usize {
        let mut comments = self.lines.pending();
        let mut before: Option<&Rule> = None;
        for (at, item) in items.iter().enumerate() {
            let ListItem::Rule(rule) = item else {
                return at;
            };
            let brace = self.lines.brace_after(rule.name.end + 1);
            if let Some(before) = before {
                let mut end = before.span.end;
                if let [beside, rest @ ..] = comments
                    && beside.start < rule.span.start
                    && !self.between(end, beside.start).contains('\n')
                {
                    end = beside.end;
                    comments = rest;
                }
                let comment = comments.first().is_some_and(|span| span.start < brace);
                if comment || has_empty_line(self.between(end, rule.span.start)) {
                    return at;
                }
            } else {
                let own = comments.partition_point(|span| span.start < brace);
                comments = &comments[own..];
            }
            let inner = comments.first().is_some_and(|span| span.start < rule.span.end);
            if inner || !self.fits(rule) {
                return at;
            }
            before = Some(rule);
        }
        items.len()
    }

    fn between(&self, from: u32, to: u32) -> &str {
        let text = self.lines.text;
        text.get(from as usize..to as usize).unwrap_or_default()
    }

    /// Whether the rule fits on a line without padding.
    fn fits(&self, rule: &Rule) -> bool {
        let fields: usize = self.lines.tree.fields(rule).map(|field| self.width(&field) + 2).sum();
        let frame = "rule \"\" {}".len() + fields.max(1) - 1 + usize::from(fields > 0);
        self.lines.indent() + frame + self.name_width(rule) <= WIDTH
    }

    fn name_width(&self, rule: &Rule) -> usize {
        width(self.lines.slice(rule.name))
    }

    fn width(&self, field: &Field) -> usize {
        let tree = self.lines.tree;
        let values = tree.values(&field.values);
        let count = values.len();
        let texts: usize = values
            .map(|value| width(self.lines.slice(value.span)) + 2 * usize::from(value.is_quoted()))
            .sum();
        // A blank before each value and a comma after each but the last.
        field.kind.keyword().len() + texts + (2 * count).saturating_sub(1)
    }

    /// The columns of consecutive rules; none if they would not fit, or if the fields are in
    /// another order.
    fn columns(&self, items: &[ListItem]) -> Columns {
        let mut columns = Columns::default();
        let mut ordered = true;
        for item in items {
            let ListItem::Rule(rule) = item else { continue };
            columns.name = columns.name.max(self.name_width(rule));
            let mut last = 0;
            for field in self.lines.tree.fields(rule) {
                let at = place(field.kind);
                ordered &= at >= last;
                last = at;
                columns.fields[at] = columns.fields[at].max(self.width(&field) + 1);
            }
        }
        let frame = self.lines.indent() + "rule \"\" { }".len() + columns.name;
        let fields: usize =
            columns.fields.iter().map(|width| width + usize::from(*width > 0)).sum();
        if !ordered || frame + fields > WIDTH {
            columns.fields = [0; KINDS];
        }
        let widest = items.iter().filter_map(|item| match item {
            ListItem::Rule(rule) => Some(self.plain_width(rule)),
            ListItem::Use(_) => None,
        });
        if columns.fields == [0; KINDS] && columns.name + widest.max().unwrap_or(0) > WIDTH {
            columns.name = 0;
        }
        columns
    }

    /// Width of the rule's line without its name.
    fn plain_width(&self, rule: &Rule) -> usize {
        let fields: usize = self.lines.tree.fields(rule).map(|field| self.width(&field) + 2).sum();
        self.lines.indent() + "rule \"\" { }".len() + fields
    }

    fn short_rule(&mut self, rule: &Rule, columns: &Columns) {
        let brace = self.lines.brace_after(rule.name.end + 1);
        self.named(rule.span, "rule", rule.name, brace);
        self.lines.pad(columns.name.saturating_sub(self.name_width(rule)));
        self.lines.push(" {");
        let mut next = 0;
        let tree = self.lines.tree;
        let mut fields = tree.fields(rule).peekable();
        if fields.peek().is_some() {
            self.lines.push(" ");
        }
        while let Some(field) = fields.next() {
            let at = place(field.kind);
            if columns.fields[at] > 0 {
                let skipped = columns.fields.get(next..at).unwrap_or_default();
                let blanks = skipped.iter().map(|width| width + usize::from(*width > 0));
                self.lines.pad(blanks.sum());
                next = at + 1;
            }
            self.push_field(&field);
            if fields.peek().is_some() {
                self.lines.push(";");
                self.lines.pad(1 + columns.fields[at].saturating_sub(self.width(&field) + 1));
            } else {
                self.lines.push(" ");
            }
        }
        self.lines.push("}");
        self.lines.wrote(rule.span.end);
    }

    fn push_field(&mut self, field: &Field) {
        self.lines.push(field.kind.keyword());
        for (at, value) in self.lines.tree.values(&field.values).enumerate() {
            self.lines.push(if at > 0 { ", " } else { " " });
            let text = self.lines.slice(value.span);
            let quote = if value.is_quoted() { "\"" } else { "" };
            self.lines.push(quote);
            self.lines.push(text);
            self.lines.push(quote);
        }
    }

    fn long_rule(&mut self, rule: &Rule) {
        let brace = self.lines.brace_after(rule.name.end + 1);
        self.named(rule.span, "rule", rule.name, brace);
        self.lines.push(" ");
        self.lines.open(brace + 1);
        let tree = self.lines.tree;
        for field in tree.fields(rule) {
            let values = tree.values(&field.values);
            let texts: Vec<String> =
                values.map(|value| written(value, self.lines.slice(value.span))).collect();
            self.list(field.span, field.kind.keyword(), &texts);
        }
        self.lines.close(rule.span.end);
    }
}

/// The column of a field: in the order of the documentation, with the description last.
fn place(kind: FieldKind) -> usize {
    match kind {
        FieldKind::BeginsWith => 0,
        FieldKind::Digits => 1,
        FieldKind::Rest => 2,
        FieldKind::Remove => 3,
        FieldKind::RemoveAllBut => 4,
        FieldKind::Prefix => 5,
        FieldKind::Keep => 6,
        FieldKind::Description => 7,
    }
}
