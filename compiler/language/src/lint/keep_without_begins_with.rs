//! `keep-without-begins-with`: an exception that CUCM's page refuses.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;

pub(super) static FINDING: Finding = Finding::warning(
    "keep-without-begins-with",
    "an exception rule without begins-with has no consequence",
    "`keep` comes out as \"remove what was matched, prefix the same\". Without begins-with that is nothing, which\n\
     clients accept and CUCM's page refuses: it asks for a consequence.\n\n\
     ```adr\nrule \"Short numbers\" { digits 3; keep }\n```\n\n\
     Write one rule for each leading digit: `begins-with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9`. Allow it where the list is\n\
     deployed by file only.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for (_, _, list, _) in facts.lists() {
        let idle = |at: &usize| {
            list.rules().get(*at).is_some_and(|rule| rule.remove() == 0 && rule.prefix().is_empty())
        };
        for origin in (0..list.rules().len()).filter(idle).filter_map(|at| list.origin(at)) {
            let message =
                "CUCM's page refuses this rule, for it neither removes nor prefixes anything";
            let help = "give it a begins-with, or several: `begins-with 2, 3, 4`";
            found.push(FINDING.found(message).at(origin.name).with_help(help));
        }
    }
}
