//! `untested-list`: a list that no test line covers.

use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::{HashMap, HashSet};

use super::context::Context;
use super::declaration::{Cost, Lint};
use super::wording::view_name;
use crate::plan::{DialTest, ListKind, View};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "untested-list",
    "no test line covers a list of rules",
    include_str!("../pages/untested-list.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let covered = covered(context);
    let views = context.views().zip(&context.resolved.places);
    for (at, (view, places)) in views.enumerate() {
        for kind in ListKind::ALL {
            let place = places.of(kind);
            let place = place.filter(|_| !view.list(kind).rules().is_empty());
            if let Some(place) = place.filter(|_| !covered.contains(&(kind, at))) {
                found.push(diagnostic(kind, view, place));
            }
        }
    }
}

/// The lists that test lines cover, by their kind and the position of the view that writes them; 0
/// is the default view.
fn covered(context: &Context<'_>) -> HashSet<(ListKind, usize)> {
    let names = context.views().enumerate();
    let views: HashMap<Option<&str>, usize> = names.map(|(at, view)| (view.name(), at)).collect();
    let list = |test: &DialTest| {
        let at = *views.get(&test.site.as_deref())?;
        let own = context.resolved.places.get(at)?.of(test.kind);
        Some((test.kind, own.map_or(0, |_| at)))
    };
    context.resolved.tests.iter().filter_map(list).collect()
}

fn diagnostic(kind: ListKind, view: &View, place: Span) -> Diagnostic {
    let verb = if kind == ListKind::Lookup { "lookup" } else { "dial" };
    let at = view.name().map(|name| format!(" at \"{name}\"")).unwrap_or_default();
    let message = format!("no test line covers this list of {}", view_name(view));
    let help = format!("write a test: `{verb} 5551212{at} -> …`");
    FINDING.found(message).at(place).with_help(help)
}
