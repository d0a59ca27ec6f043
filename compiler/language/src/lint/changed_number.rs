//! Findings about numbers that a rule changes in a harmful way: one number for each written rule.

use adr_analysis::{Change, Domain};
use adr_diagnostic::{Diagnostic, Finding};
use adr_engine::Rule;
use hashbrown::{HashMap, HashSet};

use super::context::{Context, WrittenList};
use super::wording::view_name;
use crate::plan::{ListKind, RuleOrigin};

/// A number that a written rule changes, and the view in which it does.
#[derive(Debug)]
pub(super) struct ChangedNumber {
    /// The name of the view in messages.
    pub(super) view: String,
    pub(super) origin: RuleOrigin,
    /// The deployed rule that changes it.
    pub(super) row: Rule,
    /// The number as dialed.
    pub(super) number: String,
    /// The number after the rule.
    pub(super) result: String,
}

impl ChangedNumber {
    /// A finding about the rule, with the number as its example.
    pub(super) fn diagnostic(&self, finding: &'static Finding, message: String) -> Diagnostic {
        let found = finding.found(message).at(self.origin.name);
        found.with_witness(&self.number)
    }
}

/// For each written rule in the lists of these kinds, the first number that `analyze` finds. Lists
/// with equal rules are analyzed once. A number that a rule changes in the same way in several
/// views is returned for the first of them.
pub(super) fn changed_numbers(
    context: &Context<'_>,
    kinds: &[ListKind],
    analyze: impl Fn(&[Rule]) -> Vec<Change>,
) -> Vec<ChangedNumber> {
    let mut known: HashMap<&[Rule], Vec<Change>> = HashMap::new();
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for WrittenList { view, list, .. } in
        context.lists().filter(|written| kinds.contains(&written.kind))
    {
        let rules: &[Rule] = list.rules();
        let changes = known.entry(rules).or_insert_with(|| {
            let mut changes = analyze(rules);
            changes.sort_by(|a, b| Domain::compare(&a.witness, &b.witness));
            changes
        });
        let mut of_list = HashSet::new();
        for change in changes.iter() {
            let Some(origin) = list.origin(change.rule) else {
                continue;
            };
            let is_first = of_list.insert(origin.rule);
            if is_first && seen.insert((origin.rule, change.witness.clone(), change.result.clone()))
            {
                let [number, result] = [&change.witness, &change.result]
                    .map(|text| String::from_utf8_lossy(text).into_owned());
                all.push(ChangedNumber {
                    view: view_name(view),
                    origin,
                    row: rules[change.rule].clone(),
                    number,
                    result,
                });
            }
        }
    }
    all
}
