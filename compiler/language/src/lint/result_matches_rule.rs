//! `result-matches-rule`: a result that another rule would change, if rules were applied again.

use adr_analysis::{Chain, Domain, chains};
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
        for chain in chains(list.rules(), Domain::Digits) {
            let origin = list.origin(chain.first.rule);
            if chain.is_change() && origin.is_some_and(|origin| seen.insert(origin.rule)) {
                found.extend(diagnostic(context, list, &chain));
            }
        }
    }
}

fn diagnostic(context: &Context<'_>, list: &List, chain: &Chain) -> Option<Diagnostic> {
    let (first, next) = (list.origin(chain.first.rule)?, list.origin(chain.next)?);
    let [number, result, again] = [&chain.first.witness, &chain.first.result, &chain.again]
        .map(|text| String::from_utf8_lossy(text));
    let by = match first == next {
        true => "this rule".to_owned(),
        false => format!("`{}`", context.sources.slice(next.name)),
    };
    let message = format!(
        "`{number}` becomes `{result}` and stays so: {by} would make `{again}` of that, but results are not matched again"
    );
    let mut found = FINDING.found(message).at(first.name);
    if first != next {
        found = found.at(next.name).with_label("never sees the result");
    }
    Some(found.with_witness(number))
}
