//! Numbers that a rule makes something bad of, as findings tell them: one of each written rule.

use adr_analysis::{Change, Domain};
use adr_diagnostic::{Diagnostic, Finding};
use adr_engine::Rule;
use hashbrown::{HashMap, HashSet};

use super::context::{Context, WrittenList};
use super::wording::view_name;
use crate::plan::{ListKind, RuleOrigin};

/// What a written rule does to a number, and in which view.
#[derive(Debug)]
pub(super) struct ChangedNumber {
    pub(super) view: String,
    pub(super) origin: RuleOrigin,
    /// The row of the rule that does it.
    pub(super) row: Rule,
    pub(super) number: String,
    pub(super) result: String,
}

impl ChangedNumber {
    /// A finding about the rule, shown by the number.
    pub(super) fn diagnostic(&self, finding: &'static Finding, message: String) -> Diagnostic {
        let found = finding.found(message).at(self.origin.name);
        found.with_witness(&self.number)
    }
}

/// What `analyze` finds in every list of these kinds: of each written rule the first number. Lists
/// with equal rules are analyzed once, and what a rule does to a number in several views is told
/// for the first of them.
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
