//! Reads the fields of a written rule, with its lets replaced.

use adr_diagnostic::{Diagnostic, Span};
use adr_engine::DialString;

use super::findings::{
    CONFLICTING_FIELDS, KEEP_WITH_OTHER_ACTION, MISSING_DIGITS, RULE_WITHOUT_ACTION,
};
use crate::resolve::atom::Atom;
use crate::resolve::context::Context;
use crate::resolve::names::{check_description, check_name};
use crate::resolve::scope::{LIST_IN_DIAL_STRING, Scope};
use crate::resolve::value::{
    Lengths, Pattern, Remove, ValueResult, count, dial_string, length, lengths, number, pattern,
    remove, text,
};
use crate::rule_origin::BeginsWithEntry;
use crate::tree::{self, FieldKind, Tree, ValueKind, Values};

/// Reads one rule after another, and holds the last one.
#[derive(Debug)]
pub(super) struct RuleReader {
    pub(super) name: Span,
    /// Keyword to closing brace.
    pub(super) rule: Span,
    /// The entries of begins-with, in the order written.
    pub(super) begins_with: Vec<(Pattern, BeginsWithEntry)>,
    /// Lengths, ascending and unique. If `is_rest`, these are lengths of the part after the
    /// begins-with.
    pub(super) lengths: Vec<(Lengths, Span)>,
    /// Whether `lengths` come from `rest`.
    pub(super) is_rest: bool,
    pub(super) remove: Remove,
    pub(super) prefix: DialString,
    /// Whether nothing is wrong with the rule so far.
    pub(super) is_sound: bool,
    /// The elements of the value that is being read; kept to reuse its memory.
    atoms: Vec<(Atom, Span)>,
    /// The lengths of the entry that is being added; kept to reuse its memory.
    pub(super) row_lengths: Vec<u32>,
}

/// The place of each field of a rule.
type Places = [Option<Span>; FieldKind::ALL.len()];

impl RuleReader {
    /// A reader that has read no rule yet; `place` is the place of the first one.
    pub(super) fn at(place: Span) -> Self {
        Self {
            name: place,
            rule: place,
            begins_with: Vec::new(),
            lengths: Vec::new(),
            is_rest: false,
            remove: Remove::Count(0, None),
            prefix: DialString::default(),
            is_sound: false,
            atoms: Vec::new(),
            row_lengths: Vec::new(),
        }
    }

    /// Reads a rule, and reports mistakes in its fields.
    pub(super) fn rule(
        &mut self,
        tree: &Tree,
        rule: &tree::Rule,
        scope: &Scope<'_>,
        context: &mut Context<'_>,
    ) {
        let before = context.found.len();
        (self.name, self.rule) = (rule.name, rule.span);
        self.begins_with.clear();
        self.lengths.clear();
        self.is_rest = false;
        self.remove = Remove::Count(0, None);
        self.prefix = DialString::default();
        check_name(rule.name, context);
        let mut places: Places = [None; FieldKind::ALL.len()];
        for field in tree.fields(rule) {
            places[field.kind as usize] = Some(field.span);
            self.field(field.kind, (tree, &field.values), scope, context);
        }
        check_together(&places, context);
        let place = |kind: FieldKind| places[kind as usize];
        if place(FieldKind::Keep).is_some() {
            self.remove = Remove::Keep;
        } else if changes(&places).is_none() && !rule.damaged {
            context.push(rule_without_action(rule.name));
        }
        if self.lengths.is_empty() && !rule.damaged && context.found.len() == before {
            let found = MISSING_DIGITS
                .found("this rule does not define the length of its numbers")
                .at(rule.name);
            context.push(
                found.with_help("write `digits 10`, `digits 11..15`, `rest 4`, or `digits any`"),
            );
        }
        self.is_sound = context.found.len() == before && !rule.damaged && !context.is_over();
        ascend(&mut self.lengths);
    }

    fn field(
        &mut self,
        kind: FieldKind,
        (tree, values): (&Tree, &Values),
        scope: &Scope<'_>,
        context: &mut Context<'_>,
    ) {
        let mut atoms = std::mem::take(&mut self.atoms);
        for value in tree.values(values) {
            if kind == FieldKind::Description {
                check_description(value.span, context);
                continue;
            }
            // almost every value, which refers to no let
            if let ValueKind::Bare | ValueKind::Quoted = value.kind {
                let taken = self.take_text(kind, context.slice(value.span), value.span);
                if let Err(found) = taken {
                    context.push(*found);
                }
                continue;
            }
            if takes_lists(kind) {
                let mut wrong = Vec::new();
                scope.atoms(value, context, &mut |atom, span| {
                    wrong.extend(self.take(kind, &atom, span).err());
                });
                wrong.into_iter().for_each(|found| context.push(*found));
                continue;
            }
            atoms.clear();
            scope.atoms(value, context, &mut |atom, span| atoms.push((atom, span)));
            if let [(atom, span)] = &atoms[..] {
                if let Err(found) = self.take(kind, atom, *span) {
                    context.push(*found);
                }
            } else if !atoms.is_empty() {
                let message = format!(
                    "`{}` takes one value, and `{}` stands for {}",
                    kind.keyword(),
                    context.slice(value.span),
                    atoms.len()
                );
                context.push(LIST_IN_DIAL_STRING.found(message).at(value.span));
            }
        }
        self.atoms = atoms;
    }

    fn take(&mut self, kind: FieldKind, atom: &Atom, span: Span) -> ValueResult<()> {
        if let Atom::Text(text) = atom {
            return self.take_text(kind, text, span);
        }
        match kind {
            FieldKind::BeginsWith => self.begin_with(pattern(atom, span)?, span),
            FieldKind::Digits => self.lengths.push((lengths(atom, 1, span)?, span)),
            FieldKind::Rest => {
                self.is_rest = true;
                self.lengths.push((lengths(atom, 0, span)?, span));
            }
            FieldKind::Prefix => self.prefix = text(atom, span)?,
            FieldKind::Remove => self.remove = remove(atom, span)?,
            FieldKind::RemoveAllBut => self.remove = Remove::AllBut(count(atom, 1, span)?, span),
            FieldKind::Description | FieldKind::Keep => {}
        }
        Ok(())
    }

    /// Takes a dial string or a number.
    fn take_text(&mut self, kind: FieldKind, text: &str, span: Span) -> ValueResult<()> {
        match kind {
            FieldKind::BeginsWith => self.begin_with(Pattern::One(dial_string(text, span)?), span),
            FieldKind::Digits => self.lengths.push((length(text, 1, span)?, span)),
            FieldKind::Rest => {
                self.is_rest = true;
                self.lengths.push((length(text, 0, span)?, span));
            }
            FieldKind::Prefix => self.prefix = dial_string(text, span)?,
            FieldKind::Remove => self.remove = Remove::Count(number(text, 0, span)?, Some(span)),
            FieldKind::RemoveAllBut => self.remove = Remove::AllBut(number(text, 1, span)?, span),
            FieldKind::Description | FieldKind::Keep => {}
        }
        Ok(())
    }

    fn begin_with(&mut self, pattern: Pattern, value: Span) {
        let number = u32::try_from(self.begins_with.len()).unwrap_or(u32::MAX);
        self.begins_with.push((pattern, BeginsWithEntry { value, number }));
    }
}

/// The finding about a rule that does not change a number.
pub(super) fn rule_without_action(place: Span) -> Diagnostic {
    RULE_WITHOUT_ACTION
        .found("this rule neither removes nor prefixes anything")
        .at(place)
        .with_help("write `keep` if the number should stay unchanged")
}

fn takes_lists(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::BeginsWith | FieldKind::Digits | FieldKind::Rest)
}

/// The place of the field that changes the number.
fn changes(places: &Places) -> Option<Span> {
    let kinds = [FieldKind::Prefix, FieldKind::Remove, FieldKind::RemoveAllBut];
    kinds.into_iter().find_map(|kind| places[kind as usize])
}

/// Reports fields that cannot be combined.
fn check_together(places: &Places, context: &mut Context<'_>) {
    let place = |kind: FieldKind| places[kind as usize];
    if let (Some(keep), Some(change)) = (place(FieldKind::Keep), changes(places)) {
        let found =
            KEEP_WITH_OTHER_ACTION.found("`keep` leaves the number unchanged, and this changes it");
        context
            .push(found.at(change).at(keep).with_label("keep").with_help("remove one of the two"));
    }
    let pairs =
        [(FieldKind::Digits, FieldKind::Rest), (FieldKind::Remove, FieldKind::RemoveAllBut)];
    for (one, other) in pairs {
        if let (Some(first), Some(second)) = (place(one), place(other)) {
            let (one, other) = (one.keyword(), other.keyword());
            let found =
                CONFLICTING_FIELDS.found(format!("`{other}` and `{one}` define the same property"));
            context.push(found.at(second).at(first).with_help("remove one of the two"));
        }
    }
}

/// Sorts lengths and makes them unique; `any` comes first.
fn ascend(lengths: &mut Vec<(Lengths, Span)>) {
    if lengths.len() < 2 {
        return;
    }
    lengths.sort_by_key(|(lengths, _)| *lengths);
    let mut has_any = false;
    let mut beyond = Some(0);
    lengths.retain_mut(|(lengths, _)| match lengths {
        Lengths::Any => !std::mem::replace(&mut has_any, true),
        Lengths::Between(low, high) => {
            let Some(free) = beyond else {
                return false;
            };
            *low = (*low).max(free);
            // no length is above an open range
            beyond = high.checked_add(1).map(|above| above.max(free));
            low <= high
        }
    });
}
