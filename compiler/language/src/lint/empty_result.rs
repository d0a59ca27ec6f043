//! `empty-result` and `many-numbers-become-one`: rules that leave no digit of a number.

use adr_analysis::{Change, Domain, ResultProblem, result_problems};
use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::HashMap;

use super::context::{Context, WrittenList};
use super::declaration::{Cost, Lint};
use super::entries::Entries;
use super::wording::view_name;
use crate::plan::{RuleOrigin, View};

pub(super) static LINT: Lint =
    Lint { findings: &[&EMPTY_RESULT, &MANY_NUMBERS_BECOME_ONE], cost: Cost::Low, check };

static EMPTY_RESULT: Finding = Finding::warning(
    "empty-result",
    "a rule leaves nothing to dial",
    include_str!("../pages/empty-result.md"),
);

static MANY_NUMBERS_BECOME_ONE: Finding = Finding::warning(
    "many-numbers-become-one",
    "a rule turns many numbers into one",
    include_str!("../pages/many-numbers-become-one.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for WrittenList { view, list, .. } in context.lists() {
        let could = |rule: &adr_engine::Rule| {
            rule.length().is_none() || usize::try_from(rule.remove()).ok() >= rule.length()
        };
        // only a rule that can remove all digits can leave none
        if !list.rules().iter().any(could) {
            continue;
        }
        let mut by_rule: Vec<(ResultProblem, RuleOrigin, Change, Vec<usize>)> = Vec::new();
        let mut known: HashMap<(ResultProblem, Span), usize> = HashMap::new();
        for (kind, change) in result_problems(list.rules(), Domain::Dialable) {
            let Some(origin) = list.origin(change.rule) else {
                continue;
            };
            let place = *known.entry((kind, origin.rule)).or_insert(by_rule.len());
            match by_rule.get_mut(place) {
                Some((_, _, _, rows)) => rows.push(change.rule),
                None => by_rule.push((kind, origin, change, Vec::new())),
            }
        }
        for (kind, origin, change, mut others) in by_rule {
            others.sort_unstable();
            let others = Entries::of(context.sources, list, &others);
            found.push(diagnostic(kind, (view, origin), &change, &others));
        }
    }
}

/// `others` are further entries of the rule that have the same problem.
fn diagnostic(
    kind: ResultProblem,
    (view, origin): (&View, RuleOrigin),
    change: &Change,
    others: &Entries,
) -> Diagnostic {
    let number = String::from_utf8_lossy(&change.witness).into_owned();
    let result = String::from_utf8_lossy(&change.result);
    let view = view_name(view);
    let (finding, message) = match kind {
        ResultProblem::Empty => {
            (&EMPTY_RESULT, format!("in {view}, nothing is left of `{number}`"))
        }
        ResultProblem::PrefixOnly => (
            &MANY_NUMBERS_BECOME_ONE,
            format!("in {view}, `{number}` and others like it all go out as `{result}`"),
        ),
    };
    let also = match others.len() {
        0 => String::new(),
        1 => format!("; {} of this rule does the same", others.listed()),
        _ => format!("; {} of this rule do the same", others.listed()),
    };
    let place = origin.entry.filter(|_| others.len() > 0);
    let place = place.map_or(origin.name, |entry| entry.value);
    let diagnostic = finding.found(message + &also).at(place).with_witness(number);
    diagnostic.with_help("remove fewer digits, if part of the number is to be dialed")
}
