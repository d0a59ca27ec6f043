//! `skipped-combination`: an entry of begins-with that is longer than a number of digits of its
//! rule.

use adr_diagnostic::{Diagnostic, Finding};

use super::context::Context;
use super::declaration::{Cost, Lint};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::note(
    "skipped-combination",
    "an entry of begins-with is longer than a number of digits of its rule",
    include_str!("../pages/skipped-combination.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for skipped in &context.resolved.skipped {
        let (value, text, digits) = &skipped.first;
        let message = format!(
            "{} of {} combinations cannot match and are omitted: no number of {digits} digits begins with `{text}`",
            skipped.count, skipped.of
        );
        let diagnostic = FINDING.found(message).at(skipped.name).at(*value);
        found.push(
            diagnostic.with_label("the first one").with_help(
                "`rest` in the place of `digits` says how many digits follow each entry",
            ),
        );
    }
}
