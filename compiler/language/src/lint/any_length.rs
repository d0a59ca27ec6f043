//! `any-length`: a rule for numbers of every length.

use adr_diagnostic::{Diagnostic, Finding};

use super::context::{Context, WrittenList};
use super::declaration::{Cost, Lint};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "any-length",
    "a rule matches numbers of every length",
    include_str!("../pages/any-length.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for WrittenList { list, .. } in context.lists() {
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
