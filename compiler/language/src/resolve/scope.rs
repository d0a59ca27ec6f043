//! Scopes: the values of lets, and the values that use them as `${name}`.

use std::rc::Rc;

use adr_diagnostic::{Finding, Span};
use adr_engine::DialString;
use compact_str::CompactString;
use hashbrown::HashMap;

use super::atom::{Atom, Emit};
use super::context::Context;
use super::names::check_name;
use super::placed::Placed;
use super::template::{Part, members, parts, product};
use super::value::numbers_of;
use crate::tree::{Let, Tree, Value, ValueKind, Values};

pub(super) static FINDINGS: &[&Finding] = &[&UNKNOWN_LET, &DUPLICATE_LET, &LIST_IN_DIAL_STRING];

static UNKNOWN_LET: Finding = Finding::error(
    "unknown-let",
    "`${name}` refers to a let that is not visible here",
    include_str!("../pages/unknown-let.md"),
);

static DUPLICATE_LET: Finding = Finding::error(
    "duplicate-let",
    "two lets of one scope have the same name",
    include_str!("../pages/duplicate-let.md"),
);

pub(super) static LIST_IN_DIAL_STRING: Finding = Finding::error(
    "list-in-dial-string",
    "a list is used where one value is expected",
    include_str!("../pages/list-in-dial-string.md"),
);

/// The lets that are visible in a place: those of its site, then those of the dial plan.
#[derive(Debug, Default)]
pub(super) struct Scope<'b> {
    /// The scope of the dial plan; `None` if this is it.
    plan: Option<&'b Self>,
    /// By name.
    lets: HashMap<CompactString, Definition>,
}

#[derive(Debug)]
struct Definition {
    /// The span of the name.
    name: Span,
    /// Shared by lets that are only another name for the same list.
    atoms: Rc<Vec<Atom>>,
}

impl<'b> Scope<'b> {
    /// The lets of a dial plan, or of a site within the dial plan. Each let sees those above it.
    pub(super) fn of(
        lets: &[Placed<'_, Let>],
        plan: Option<&'b Self>,
        context: &mut Context<'_>,
    ) -> Self {
        let mut scope = Self { plan, lets: HashMap::new() };
        for line in lets {
            if context.is_over() {
                break;
            }
            check_name(line.node.name, context);
            let name = context.slice(line.node.name);
            if let Some(known) = scope.lets.get(name)
                && known.name != line.node.name
            {
                let found = DUPLICATE_LET.found(format!("there is a let `{name}` already"));
                let first = known.name;
                context.push(found.at(line.node.name).at(first).with_label("first here"));
                continue;
            }
            let atoms = scope.list(line, context);
            let known = Definition { name: line.node.name, atoms };
            scope.lets.insert(CompactString::new(name), known);
        }
        scope
    }

    /// The elements that a let stands for.
    fn list(&self, line: &Placed<'_, Let>, context: &mut Context<'_>) -> Rc<Vec<Atom>> {
        let mut values = line.tree.values(&line.node.values);
        if let (Some(value), None) = (values.next(), values.next())
            && let Some(name) = whole_placeholder(value, context)
        {
            let known = self.known(name, value.span, context);
            return known.map_or_else(Rc::default, |known| Rc::clone(&known.atoms));
        }
        let mut atoms = Vec::new();
        for value in line.tree.values(&line.node.values) {
            let before = atoms.len();
            self.atoms(value, context, &mut |atom, _| atoms.push(atom));
            if !context.allows_entries(atoms.len() - before, value.span) {
                break;
            }
        }
        Rc::new(atoms)
    }

    /// The dial strings of a list of values, with ranges expanded. Anything else is reported.
    pub(super) fn dial_strings(
        &self,
        tree: &Tree,
        values: &Values,
        context: &mut Context<'_>,
    ) -> Vec<(DialString, Span)> {
        let mut texts = Vec::new();
        for value in tree.values(values) {
            let mut atoms = Vec::new();
            self.atoms(value, context, &mut |atom, span| atoms.push((atom, span)));
            for (atom, span) in atoms {
                let found = numbers_of(&atom, span, context);
                if let Ok(numbers) = found.map_err(|found| context.push(*found)) {
                    texts.extend(numbers.into_iter().map(|number| (number, span)));
                }
            }
        }
        texts
    }

    /// Emits every element that a value stands for; none for a value with a mistake.
    pub(super) fn atoms(&self, value: Value, context: &mut Context<'_>, emit: &mut Emit<'_>) {
        let text = context.slice(value.span);
        match value.kind {
            ValueKind::Bare | ValueKind::Quoted => emit(Atom::Text(text.into()), value.span),
            ValueKind::Word if text == "any" => emit(Atom::Any, value.span),
            ValueKind::Word => emit(Atom::Matched, value.span),
            ValueKind::Template { .. } => self.template(value, context, emit),
            ValueKind::Range { dots } => {
                let (low, high) = text.split_at((dots as usize).min(text.len()));
                let high = high.trim_start_matches("..").trim();
                let low = self.single(low.trim(), value.span, context);
                let high = self.single(high, value.span, context);
                if let (Some(low), Some(high)) = (low, high) {
                    emit(Atom::Range(Box::new((low, high))), value.span);
                }
            }
        }
    }

    fn template(&self, value: Value, context: &mut Context<'_>, emit: &mut Emit<'_>) {
        if let Some(name) = whole_placeholder(value, context) {
            if let Some(known) = self.known(name, value.span, context)
                && context.allows_list(known.atoms.len(), value.span)
            {
                let atoms = known.atoms.iter();
                atoms.for_each(|atom| emit(atom.clone(), value.span));
            }
            return;
        }
        let text = context.slice(value.span);
        let Some(alternatives) = self.alternatives(text, value.span, context) else {
            return;
        };
        product(&alternatives, value.span, context, emit);
    }

    /// The alternatives for each part of a template: a single text, or the elements of a list.
    fn alternatives(
        &self,
        text: &str,
        span: Span,
        context: &mut Context<'_>,
    ) -> Option<Vec<Rc<Vec<Atom>>>> {
        let mut alternatives = Vec::new();
        for part in parts(text) {
            alternatives.push(match part {
                Part::Text(text) => Rc::new(vec![Atom::Text(text.into())]),
                Part::Let(name) => Rc::clone(&self.known(name, span, context)?.atoms),
                Part::Class(class) => {
                    let members = members(class, span);
                    let members = members.map_err(|found| context.push(*found)).ok()?;
                    Rc::new(members.into_iter().map(Atom::Text).collect())
                }
            });
        }
        Some(alternatives)
    }

    /// One side of a range, which may be a `${name}` that stands for a single text.
    fn single(&self, text: &str, span: Span, context: &mut Context<'_>) -> Option<CompactString> {
        let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let Some(name) = name else {
            return Some(text.into());
        };
        match &self.known(name, span, context)?.atoms[..] {
            [Atom::Text(text)] => Some(text.clone()),
            _ => {
                let message = format!(
                    "`{}` is not a single number, so it cannot be a side of a range",
                    name.trim()
                );
                context.push(LIST_IN_DIAL_STRING.found(message).at(span));
                None
            }
        }
    }

    fn known(&self, name: &str, span: Span, context: &mut Context<'_>) -> Option<&Definition> {
        let name = name.trim();
        let of_plan = || self.plan.and_then(|plan| plan.lets.get(name));
        let known = self.lets.get(name).or_else(of_plan);
        match known {
            Some(known) => {
                context.used.insert(known.name);
            }
            None => {
                let found = UNKNOWN_LET
                    .found(format!("there is no let `{name}` above this place"))
                    .at(span);
                context.push_with_suggestion(found, name, self.names());
            }
        }
        known
    }

    /// Every visible name. A name of the dial plan that a site hides occurs twice.
    fn names(&self) -> impl Iterator<Item = &str> {
        let scopes = self.plan.into_iter().chain([self]);
        scopes.flat_map(|scope| scope.lets.keys().map(CompactString::as_str))
    }
}

/// The name in a value that consists only of `${name}`.
fn whole_placeholder<'p>(value: Value, context: &Context<'p>) -> Option<&'p str> {
    if !matches!(value.kind, ValueKind::Template { .. }) {
        return None;
    }
    let text = context.slice(value.span);
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains("${") && !name.contains(['}', '['])).then_some(name)
}
