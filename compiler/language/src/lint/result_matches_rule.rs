//! `result-matches-rule`: a result that another rule would change, if results were matched again.

use adr_analysis::{Domain, Rematch, rematches};
use adr_diagnostic::{Diagnostic, Finding};
use hashbrown::HashSet;

use super::Facts;
use crate::book::List;

pub(super) static FINDING: Finding = Finding::note(
    "result-matches-rule",
    "a result is what another rule is for, and no rule looks at results",
    "Clients apply one rule to a number, the first that matches, and send its result out. A second rule that was written\n\
     for what the first one makes never sees it.\n\n\
     ```adr\napplication {\n  rule \"Add the area\" { digits 7; prefix 408 }\n  rule \"Outside\" { digits 10; prefix 91 }\n}\n```\n\n\
     Where both are meant, write both into one rule: `digits 7; prefix 91408`.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for (_, _, list, _) in facts.lists() {
        let mut told = HashSet::new();
        for rematch in rematches(list.rules(), Domain::Digits) {
            let origin = list.origin(rematch.first.rule);
            if rematch.is_change() && origin.is_some_and(|origin| told.insert(origin.rule)) {
                found.extend(one(facts, list, &rematch));
            }
        }
    }
}

fn one(facts: &Facts<'_>, list: &List, rematch: &Rematch) -> Option<Diagnostic> {
    let (first, next) = (list.origin(rematch.first.rule)?, list.origin(rematch.next)?);
    let [number, result, again] =
        [&rematch.first.witness, &rematch.first.result, &rematch.second_result]
            .map(|text| String::from_utf8_lossy(text));
    let by = match first == next {
        true => "this rule".to_owned(),
        false => format!("`{}`", facts.sources.slice(next.name)),
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
