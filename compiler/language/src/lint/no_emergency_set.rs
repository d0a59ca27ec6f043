//! `no-emergency-set`: nobody said which numbers must always go through.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;
use crate::book::ListKind;

pub(super) static FINDING: Finding = Finding::warning(
    "no-emergency-set",
    "a book with application rules names no emergency numbers",
    "`emergency 911, 9911` makes adrc prove, for every view, that dialling one of these numbers gives one of these\n\
     numbers. Without it a catch-all may send 911 out as 9911 and nobody is told.\n\n\
     ```adr\napplication { rule \"All\" { digits 3; prefix 9 } }\n```\n\n\
     Write `emergency` and the numbers of your country at the top of the book.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    if !facts.book.emergency.is_empty() {
        return;
    }
    let first = facts
        .lists()
        .find(|(kind, _, list, _)| *kind == ListKind::Application && !list.rules().is_empty());
    if let Some((_, _, _, place)) = first {
        let message =
            "this book names no emergency numbers, so nothing proves that they go through";
        let help = "write `emergency 911, 9911`, or the numbers of your country, at the top";
        found.push(FINDING.found(message).at(place).with_help(help));
    }
}
