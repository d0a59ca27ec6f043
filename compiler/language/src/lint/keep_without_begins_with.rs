//! `keep-without-begins-with`: an exception that the CUCM administration page rejects.

use adr_diagnostic::{Diagnostic, Finding};

use super::context::{Context, WrittenList};
use super::declaration::{Cost, Lint};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "keep-without-begins-with",
    "a `keep` rule without begins-with changes nothing, which CUCM rejects",
    include_str!("../pages/keep-without-begins-with.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for WrittenList { list, .. } in context.lists() {
        let idle = |at: &usize| {
            list.rules().get(*at).is_some_and(|rule| rule.remove() == 0 && rule.prefix().is_empty())
        };
        for origin in (0..list.rules().len()).filter(idle).filter_map(|at| list.origin(at)) {
            let message = "the CUCM administration page rejects this rule, because it neither removes nor prefixes anything";
            let help = "give it a begins-with, or several: `begins-with 2, 3, 4`";
            found.push(FINDING.found(message).at(origin.name).with_help(help));
        }
    }
}
