//! Lets: what `${name}` stands for, and the values that it stands in.

use adr_diagnostic::{Finding, Span};
use compact_str::CompactString;
use hashbrown::HashMap;

use super::Context;
use super::outline::Placed;
use crate::limits::VALUE_BYTES;
use crate::tree::{Let, Tree, Value, ValueKind, Values};

pub(super) static FINDINGS: &[&Finding] =
    &[&UNKNOWN_LET, &DUPLICATE_LET, &LIST_IN_TEXT, &BAD_NUMBER];

static UNKNOWN_LET: Finding = Finding::error(
    "unknown-let",
    "`${name}` names no let that is seen here",
    "A `let` is seen below its line, in its file's book or its site. A group sees the lets of the place that\n\
     uses it.\n\n```adr\napplication {\n  rule \"Local\" { digits 7; prefix ${outside} }\n}\n```\n\nWrite `let outside = 9` above it.\n",
);

static DUPLICATE_LET: Finding = Finding::error(
    "duplicate-let",
    "two lets of one scope have the same name",
    "A site may hide a let of the book; within one scope a name is given once.\n\n\
     ```adr\nlet outside = 9\nlet outside = 8\n```\n\nRemove one of them, or move it into the site that it is for.\n",
);

static LIST_IN_TEXT: Finding = Finding::error(
    "list-in-text",
    "a let that holds a list stands inside a dial string",
    "Where `${name}` is a whole value, a list is spliced. Inside a longer text only one dial string fits.\n\n\
     ```adr\nlet areas = 408, 415\napplication {\n  rule \"Areas\" { begins-with 1${areas}; digits 11; prefix 9 }\n}\n```\n\n\
     Write the list with the longer texts: `let areas = 1408, 1415`.\n",
);

pub(super) static BAD_NUMBER: Finding = Finding::error(
    "bad-number",
    "a count of digits is not a number or out of its limits",
    "`digits` is 1 to 100, a range `low..high` of them, or `any`; `remove` is 0 to 100, or `matched`.\n\n\
     ```adr\nrule \"Long\" { digits 101; prefix 9 }\n```\n\nWrite a number between the limits.\n",
);

/// One element of a list, after its lets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    /// A dial string or a number; what it is, its place decides.
    Text(CompactString),
    /// `low..high`
    Range(CompactString, CompactString),
    /// `any` or `matched`
    Word(CompactString),
}

/// The lets that a place sees: its own, and behind them those of the book that it stands in.
#[derive(Debug, Default)]
pub(super) struct Scope<'b> {
    book: Option<&'b Scope<'b>>,
    lets: HashMap<CompactString, Known>,
}

#[derive(Debug)]
struct Known {
    name: Span,
    atoms: Vec<Atom>,
}

impl<'b> Scope<'b> {
    /// The lets of a book, or of a site inside its book. Each sees those above it.
    pub(super) fn of(
        lets: &[Placed<'_, Let>],
        book: Option<&'b Scope<'b>>,
        context: &mut Context<'_>,
    ) -> Self {
        let mut scope = Self {
            book,
            lets: HashMap::with_capacity(lets.len()),
        };
        for line in lets {
            let name = context.slice(line.node.name);
            if let Some(known) = scope.lets.get(name)
                && known.name != line.node.name
            {
                let found = DUPLICATE_LET.found(format!("there is a let `{name}` already"));
                let first = known.name;
                context.push(found.at(line.node.name).at(first).with_label("first here"));
                continue;
            }
            let mut atoms = Vec::new();
            for value in line.tree.values(&line.node.values) {
                scope.atoms(value, context, &mut |atom, _| atoms.push(atom));
            }
            scope.lets.insert(
                CompactString::new(name),
                Known {
                    name: line.node.name,
                    atoms,
                },
            );
        }
        scope
    }

    /// The dial strings of a list of values; anything else is a finding.
    pub(super) fn texts(
        &self,
        tree: &Tree,
        values: &Values,
        context: &mut Context<'_>,
    ) -> Vec<(CompactString, Span)> {
        let mut texts = Vec::new();
        let mut others = Vec::new();
        for value in tree.values(values) {
            self.atoms(value, context, &mut |atom, span| match atom {
                Atom::Text(text) => texts.push((text, span)),
                Atom::Range(..) | Atom::Word(_) => others.push(span),
            });
        }
        for span in others {
            let found = super::expand::BAD_DIAL_STRING
                .found(format!("`{}` is not a dial string", context.slice(span)));
            context.push(found.at(span));
        }
        texts
    }

    /// Gives every element that a value stands for; a value with a mistake gives none.
    pub(super) fn atoms(
        &self,
        value: Value,
        context: &mut Context<'_>,
        give: &mut dyn FnMut(Atom, Span),
    ) {
        let text = context.slice(value.span);
        match value.kind {
            ValueKind::Bare | ValueKind::Quoted => give(Atom::Text(text.into()), value.span),
            ValueKind::Word => give(Atom::Word(text.into()), value.span),
            ValueKind::Template { .. } => self.template(text, value.span, context, give),
            ValueKind::Range { dots } => {
                let (low, high) = text.split_at((dots as usize).min(text.len()));
                let high = high.trim_start_matches("..").trim();
                let low = self.single(low.trim(), value.span, context);
                let high = self.single(high, value.span, context);
                if let (Some(low), Some(high)) = (low, high) {
                    give(Atom::Range(low, high), value.span);
                }
            }
        }
    }

    fn template(
        &self,
        text: &str,
        span: Span,
        context: &mut Context<'_>,
        give: &mut dyn FnMut(Atom, Span),
    ) {
        let whole = text
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = whole.filter(|name| !name.contains("${")) {
            if let Some(known) = self.known(name, span, context) {
                known.atoms.iter().for_each(|atom| give(atom.clone(), span));
            }
        } else if let Some(text) = self.single(text, span, context) {
            give(Atom::Text(text), span);
        }
    }

    /// A text with its `${name}` replaced, each by one text.
    fn single(&self, text: &str, span: Span, context: &mut Context<'_>) -> Option<CompactString> {
        let mut out = CompactString::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            out.push_str(before);
            match &self.known(name, span, context)?.atoms[..] {
                [Atom::Text(text)] if out.len() + text.len() <= VALUE_BYTES => out.push_str(text),
                _ => {
                    let message = format!(
                        "`{}` is not one dial string, and stands inside a text",
                        name.trim()
                    );
                    context.push(LIST_IN_TEXT.found(message).at(span));
                    return None;
                }
            }
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }

    fn known(&self, name: &str, span: Span, context: &mut Context<'_>) -> Option<&Known> {
        let name = name.trim();
        let of_book = || self.book.and_then(|book| book.lets.get(name));
        let known = self.lets.get(name).or_else(of_book);
        match known {
            Some(known) => {
                context.used.insert(known.name);
            }
            None => {
                let found = UNKNOWN_LET
                    .found(format!("there is no let `{name}` above this place"))
                    .at(span);
                let lets = self.book.into_iter().chain([self]);
                let names = lets.flat_map(|scope| scope.lets.keys().map(CompactString::as_str));
                context.push_with_suggestion(found, name, names);
            }
        }
        known
    }
}
