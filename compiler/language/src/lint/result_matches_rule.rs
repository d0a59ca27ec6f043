//! `result-matches-rule`: a result that another rule would change, if rules were applied again.

use adr_analysis::{Domain, Rematch, rematches};
use adr_diagnostic::{Diagnostic, Finding};
use hashbrown::HashSet;

use super::context::{Context, WrittenList};
use super::declaration::{Cost, Lint};
use crate::plan::List;

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::note(
    "result-matches-rule",
    "the result of a rule matches another rule, which never sees it",
    include_str!("../pages/result-matches-rule.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for WrittenList { list, .. } in context.lists() {
        let mut seen = HashSet::new();
        for rematch in rematches(list.rules(), Domain::Digits) {
            let origin = list.origin(rematch.first.rule);
            if rematch.is_change() && origin.is_some_and(|origin| seen.insert(origin.rule)) {
                found.extend(diagnostic(context, list, &rematch));
            }
        }
    }
}

fn diagnostic(context: &Context<'_>, list: &List, rematch: &Rematch) -> Option<Diagnostic> {
    let (first, next) = (list.origin(rematch.first.rule)?, list.origin(rematch.next)?);
    let [number, result, again] =
        [&rematch.first.witness, &rematch.first.result, &rematch.second_result]
            .map(|text| String::from_utf8_lossy(text));
    let by = match first == next {
        true => "this rule".to_owned(),
        false => format!("`{}`", context.sources.slice(next.name)),
    };
    let message = format!(
        "`{number}` becomes `{result}`, and {by} would change that to `{again}`, but rules are not applied to results"
    );
    let mut found = FINDING.found(message).at(first.name);
    if first != next {
        found = found.at(next.name).with_label("never sees the result");
    }
    Some(found.with_witness(number))
}
