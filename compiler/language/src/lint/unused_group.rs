//! `unused-group`: a group that nothing uses.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;

pub(super) static FINDING: Finding = Finding::warning(
    "unused-group",
    "a group that nothing uses",
    "Its rules are in no list, so they do nothing, and nothing in them but their spelling is checked.\n\n\
     ```adr\ngroup \"Old plan\" { rule \"Local\" { digits 7; prefix 9 } }\n```\n\n\
     Use it or remove it. Allow it in a file that others include.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for span in &facts.book.unused_groups {
        let message = format!("nothing uses the group `{}`", facts.sources.slice(*span));
        found.push(FINDING.found(message).at(*span).with_help("use it, or remove it"));
    }
}
