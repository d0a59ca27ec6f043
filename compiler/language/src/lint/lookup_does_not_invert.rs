//! `lookup-does-not-invert`: lookup rules that do not undo the application rules.

use adr_analysis::{Domain, Unrecoverable, round_trip};
use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::{HashMap, HashSet};

use super::context::Context;
use super::declaration::{Cost, Lint};
use super::wording::{quoted, view_name};
use crate::plan::{List, ListKind, View};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::note(
    "lookup-does-not-invert",
    "lookup rules do not undo application rules",
    include_str!("../pages/lookup-does-not-invert.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    let of_lookup = context.shared(ListKind::Lookup);
    let places: HashMap<*const List, Span> = of_lookup
        .filter_map(|shared| Some((std::ptr::from_ref(shared.list), shared.written?.1)))
        .collect();
    for view in context.views() {
        let [application, lookup] =
            [ListKind::Application, ListKind::Lookup].map(|kind| &**view.list(kind));
        let lists = [application, lookup].map(std::ptr::from_ref);
        let has_both = !application.rules().is_empty() && !lookup.rules().is_empty();
        if has_both && seen.insert(lists) {
            let lost = round_trip(application.rules(), lookup.rules(), Domain::Digits);
            let place = places.get(&lists[1]).copied();
            found.extend(diagnostic(view, place, &lost));
        }
    }
}

/// One note for each view, about the first number that a rule changes and that lookup rules do not
/// restore. `place` is the beginning of the lookup rules.
fn diagnostic(view: &View, place: Option<Span>, lost: &[Unrecoverable]) -> Option<Diagnostic> {
    let list = view.list(ListKind::Application);
    let of_rules =
        lost.iter().filter(|loss| loss.region.winner.is_some() && loss.result != loss.witness);
    let origin = |loss: &Unrecoverable| loss.region.winner.and_then(|at| list.origin(at));
    let rules: HashSet<_> = of_rules.clone().filter_map(origin).map(|origin| origin.rule).collect();
    let first = of_rules.clone().next()?;
    let [number, result, back] =
        [&first.witness, &first.result, &first.returned].map(|text| String::from_utf8_lossy(text));
    let back = match back == result {
        true => "lookup rules leave that unchanged".to_owned(),
        false => format!("lookup rules change that to {}", quoted(&back)),
    };
    let also = match &first.collides_with {
        Some(other) => format!(
            ", and cannot restore both it and `{}`, which goes out as the same number",
            String::from_utf8_lossy(other)
        ),
        None => String::new(),
    };
    let more = match rules.len() {
        0 | 1 => String::new(),
        rules => format!("; the same holds for numbers of {} more rules", rules - 1),
    };
    let message = format!(
        "in {}, `{number}` goes out as {}; {back}{also}{more}",
        view_name(view),
        quoted(&result)
    );
    let found = FINDING.found(message).at(origin(first)?.name).with_witness(number);
    Some(match place {
        Some(place) => found.at(place).with_label("does not restore it"),
        None => found,
    })
}
