//! What the author of a rule says about it: its description and its comments.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use adr_diagnostic::{SourceId, Sources, Span};
use adr_language::tree::{FieldKind, Tree};
use adr_language::{RuleComments, RuleOrigin, parse, rule_at};

/// The notes of one plan. A file is parsed when the first of its rules is asked for.
#[derive(Default)]
pub struct Notes {
    trees: Mutex<HashMap<SourceId, Tree>>,
}

impl Notes {
    /// The comments of a rule and its description in the order of the text, without slashes and
    /// quotes; empty where there are none. `sources` are those of the plan.
    pub fn note(&self, sources: &Sources, origin: RuleOrigin) -> String {
        let source = origin.rule.source;
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        let parsed = || parse(source, sources.get(source).text()).0;
        let tree = trees.entry(source).or_insert_with(parsed);
        let comments = RuleComments::of(tree, sources, origin.rule);
        let mut notes: Vec<Span> = comments.all().collect();
        notes.extend(description(tree, origin));
        notes.sort_unstable();
        let words = notes.into_iter().map(|note| sources.slice(note));
        let words = words.map(|note| note.trim_start_matches('/').trim());
        words.filter(|note| !note.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

fn description(tree: &Tree, origin: RuleOrigin) -> Option<Span> {
    let rule = rule_at(tree, origin.rule)?;
    let mut fields = tree.fields(rule);
    let field = fields.find(|field| field.kind == FieldKind::Description)?;
    let value = tree.values(&field.values).next()?;
    Some(value.span)
}
