//! `empty-result` and `erases-number`: results in which nothing of the number is left.

use adr_analysis::{Change, Domain, ResultProblem, result_problems};
use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::HashMap;

use super::entries::Entries;
use super::{Facts, view_name};
use crate::book::{Origin, View};

pub(super) static EMPTY_RESULT: Finding = Finding::warning(
    "empty-result",
    "a rule leaves nothing to dial",
    "All digits of a number are removed and there is no prefix, so nothing at all goes out.\n\n\
     ```adr\napplication {\n  rule \"Seven\" { digits 7; remove 7 }\n}\n```\n\nRemove fewer digits, or write a prefix.\n",
);

pub(super) static ERASES_NUMBER: Finding = Finding::warning(
    "erases-number",
    "a rule turns many numbers into one",
    "All digits that tell one number from another are removed, so every number that the rule matches goes out as its prefix.\n\n\
     ```adr\napplication {\n  rule \"To the desk\" { digits 7; remove 7; prefix 41000 }\n}\n```\n\n\
     Remove fewer digits. Allow it where all these calls are to go to one place.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for (_, view, list, _) in facts.lists() {
        let could = |rule: &adr_engine::Rule| {
            rule.length().is_none() || usize::try_from(rule.remove()).ok() >= rule.length()
        };
        // only what removes everything leaves nothing
        if !list.rules().iter().any(could) {
            continue;
        }
        let mut by_rule: Vec<(ResultProblem, Origin, Change, Vec<usize>)> = Vec::new();
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
            let others = Entries::of(facts.sources, list, &others);
            found.push(told(kind, (view, origin), &change, &others));
        }
    }
}

/// `others` are further entries of the rule of which the same is true.
fn told(
    kind: ResultProblem,
    (view, origin): (&View, Origin),
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
            &ERASES_NUMBER,
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
    diagnostic.with_help("remove fewer digits, if some of the number is to go out")
}
