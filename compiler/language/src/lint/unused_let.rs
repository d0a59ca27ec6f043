//! `unused-let`: a let that nothing refers to.

use adr_diagnostic::{Diagnostic, Finding};

use super::context::Context;
use super::declaration::{Cost, Lint};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "unused-let",
    "nothing refers to a let",
    include_str!("../pages/unused-let.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for span in &context.resolved.unused_lets {
        let name = context.sources.slice(*span);
        let message = format!("nothing uses `${{{name}}}`");
        found.push(FINDING.found(message).at(*span).with_help("use it, or remove the line"));
    }
}
