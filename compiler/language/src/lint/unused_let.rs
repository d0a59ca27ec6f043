//! `unused-let`: a let that nothing uses.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;

pub(super) static FINDING: Finding = Finding::warning(
    "unused-let",
    "a let that nothing uses",
    "Either a rule has the value written out, and will be forgotten when it changes, or the name is mistyped.\n\n\
     ```adr\nlet outside = 9\napplication { rule \"Local\" { digits 7; prefix 9 } }\n```\n\n\
     Write `${outside}` where it is meant, or remove the line. Allow it in a file that others include.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for span in &facts.book.unused_lets {
        let name = facts.sources.slice(*span);
        let message = format!("nothing uses `${{{name}}}`");
        found.push(FINDING.found(message).at(*span).with_help("use it, or remove the line"));
    }
}
