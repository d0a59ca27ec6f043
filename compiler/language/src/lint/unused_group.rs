//! `unused-group`: a group that no list uses.

use adr_diagnostic::{Diagnostic, Finding};

use super::context::Context;
use super::declaration::{Cost, Lint};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "unused-group",
    "no list uses a group",
    include_str!("../pages/unused-group.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for span in &context.resolved.unused_groups {
        let message = format!("nothing uses the group `{}`", context.sources.slice(*span));
        found.push(FINDING.found(message).at(*span).with_help("use it, or remove it"));
    }
}
