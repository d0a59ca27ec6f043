//! `no-emergency-set`: a dial plan without emergency numbers.

use adr_diagnostic::{Diagnostic, Finding};

use super::context::{Context, WrittenList};
use super::declaration::{Cost, Lint};
use crate::plan::ListKind;

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "no-emergency-set",
    "a dial plan with application rules names no emergency numbers",
    include_str!("../pages/no-emergency-set.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !context.resolved.emergency.is_empty() {
        return;
    }
    let first =
        context.lists().find(|it| it.kind == ListKind::Application && !it.list.rules().is_empty());
    if let Some(WrittenList { place, .. }) = first {
        let message =
            "this dial plan names no emergency numbers, so nothing proves that they go through";
        let help = "write `emergency 911, 9911`, or the numbers of your country, at the top";
        found.push(FINDING.found(message).at(place).with_help(help));
    }
}
