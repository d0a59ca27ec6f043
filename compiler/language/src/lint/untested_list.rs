//! `untested-list`: rules that no test line asks.

use std::sync::Arc;

use adr_diagnostic::{Diagnostic, Finding};

use super::{Facts, view_name};
use crate::book::ListKind;

pub(super) static FINDING: Finding = Finding::warning(
    "untested-list",
    "a list of rules that no test line asks",
    "A test line says what a number must come out as, beside the rules that do it. A list without one is a list that\n\
     nobody has ever tried.\n\n\
     ```adr\nemergency 911\napplication { rule \"Local\" { digits 7; prefix 9 } }\n```\n\n\
     Write `test { dial 5551212 -> 95551212 }`, with `at \"…\"` for a site.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, view, list, place) in facts.lists() {
        let asked = facts
            .book
            .tests
            .iter()
            .filter(|test| test.kind == kind)
            .any(|test| {
                let asks = |view: &&crate::book::View| view.name() == test.site.as_deref();
                facts
                    .views()
                    .find(asks)
                    .is_some_and(|view| std::ptr::eq(Arc::as_ptr(view.list(kind)), list))
            });
        if !asked && !list.rules().is_empty() {
            let verb = if kind == ListKind::Lookup {
                "lookup"
            } else {
                "dial"
            };
            let at = view
                .name()
                .map(|name| format!(" at \"{name}\""))
                .unwrap_or_default();
            let message = format!("no test line asks this list of {}", view_name(view));
            let help = format!("write a test: `{verb} 5551212{at} -> …`");
            found.push(FINDING.found(message).at(place).with_help(help));
        }
    }
}
