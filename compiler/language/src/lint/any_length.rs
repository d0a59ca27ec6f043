//! `any-length`: a rule for numbers of every length.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;

pub(super) static FINDING: Finding = Finding::warning(
    "any-length",
    "a rule matches numbers of every length",
    "`digits any` comes out as a number of digits of 0. Clients understand that as every length; CUCM's own page\n\
     refuses it. A careless one sends three-digit emergency numbers through a rule that was written for long ones.\n\n\
     ```adr\nrule \"International\" { begins-with +; digits any; remove 1; prefix 9011 }\n```\n\n\
     Write the lengths that occur: `digits 8..16`. Allow it where the list is deployed by file and every length is\n\
     really meant.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for (_, _, list, _) in facts.lists() {
        for (at, rule) in
            list.rules().iter().enumerate().filter(|(_, rule)| rule.length().is_none())
        {
            let Some(origin) = list.origin(at) else {
                continue;
            };
            let what = if rule.begins_with().is_empty() {
                "every number"
            } else {
                "numbers of every length"
            };
            let message = format!("this rule matches {what}");
            let help = "write the lengths that occur, such as `digits 8..16`";
            found.push(FINDING.found(message).at(origin.name).with_help(help));
        }
    }
}
