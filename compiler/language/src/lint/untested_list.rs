//! `untested-list`: rules that no test line asks.

use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::{HashMap, HashSet};

use super::{Facts, view_name};
use crate::book::{DialTest, ListKind, View};

pub(super) static FINDING: Finding = Finding::warning(
    "untested-list",
    "a list of rules that no test line asks",
    "A test line says what a number must come out as, beside the rules that do it. A list without one is a list that\n\
     nobody has ever tried.\n\n\
     ```adr\nemergency 911\napplication { rule \"Local\" { digits 7; prefix 9 } }\n```\n\n\
     Write `test { dial 5551212 -> 95551212 }`, with `at \"…\"` for a site.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let asked = asked(facts);
    let views = facts.views().zip(&facts.book.places);
    for (at, (view, places)) in views.enumerate() {
        for kind in ListKind::ALL {
            let place = places.of(kind);
            let place = place.filter(|_| !view.list(kind).rules().is_empty());
            if let Some(place) = place.filter(|_| !asked.contains(&(kind, at))) {
                found.push(told(kind, view, place));
            }
        }
    }
}

/// The lists that test lines ask, by their kind and the position of the view that writes them; 0 is
/// the default view.
fn asked(facts: &Facts<'_>) -> HashSet<(ListKind, usize)> {
    let names = facts.views().enumerate();
    let views: HashMap<Option<&str>, usize> = names.map(|(at, view)| (view.name(), at)).collect();
    let list = |test: &DialTest| {
        let at = *views.get(&test.site.as_deref())?;
        let own = facts.book.places.get(at)?.of(test.kind);
        Some((test.kind, own.map_or(0, |_| at)))
    };
    facts.book.tests.iter().filter_map(list).collect()
}

fn told(kind: ListKind, view: &View, place: Span) -> Diagnostic {
    let verb = if kind == ListKind::Lookup { "lookup" } else { "dial" };
    let at = view.name().map(|name| format!(" at \"{name}\"")).unwrap_or_default();
    let message = format!("no test line asks this list of {}", view_name(view));
    let help = format!("write a test: `{verb} 5551212{at} -> …`");
    FINDING.found(message).at(place).with_help(help)
}
