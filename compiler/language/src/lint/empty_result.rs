//! `empty-result` and `erases-number`: results in which nothing of the number is left.

use adr_analysis::{Domain, Kind, results};
use adr_diagnostic::{Diagnostic, Finding};

use super::{Facts, view_name};

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
        for (kind, change) in results(list.rules(), Domain::Dialable) {
            let Some(origin) = list.origin(change.rule) else {
                continue;
            };
            // a rule for any length, and a number that is its begins-with and no more: nobody dials that
            let rule = &list.rules()[change.rule];
            if rule.length().is_none() && change.witness.len() == rule.begins_with().len() {
                continue;
            }
            let number = String::from_utf8_lossy(&change.witness).into_owned();
            let result = String::from_utf8_lossy(&change.result);
            let view = view_name(view);
            let diagnostic = match kind {
                Kind::Empty => {
                    EMPTY_RESULT.found(format!("in {view}, nothing is left of `{number}`"))
                }
                Kind::Erased => ERASES_NUMBER.found(format!(
                    "in {view}, `{number}` and others like it all go out as `{result}`"
                )),
            };
            let diagnostic = diagnostic.at(origin.name).with_witness(number);
            found.push(
                diagnostic.with_help("remove fewer digits, if some of the number is to go out"),
            );
        }
    }
}
