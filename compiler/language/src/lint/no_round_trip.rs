//! `no-round-trip`: lookup rules that do not bring back what application rules make of a number.

use adr_analysis::{Domain, Unrecoverable, round_trip};
use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::{HashMap, HashSet};

use super::{Facts, quoted, view_name};
use crate::book::{List, ListKind, View};

pub(super) static FINDING: Finding = Finding::note(
    "no-round-trip",
    "lookup rules do not undo application rules",
    "An application rule makes a number fit for dialling. When that number calls back, lookup rules make of it what\n\
     stands in the directory. Where the directory holds numbers as people dial them, lookup rules must undo application\n\
     rules, or callers have no names.\n\n\
     ```adr\napplication { rule \"Outside\" { begins-with +1; digits 12; remove 1; prefix 9 } }\n\
     lookup { rule \"Back\" { begins-with 91; digits 12; remove 1 } }\n```\n\n\
     `adrc invert` writes the lookup rules that undo application rules. Nothing is to be done where callers come with\n\
     other numbers than those that go out.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    let of_lookup = facts.shared(ListKind::Lookup);
    let places: HashMap<*const List, Span> = of_lookup
        .filter_map(|shared| Some((std::ptr::from_ref(shared.list), shared.written?.1)))
        .collect();
    for view in facts.views() {
        let [application, lookup] =
            [ListKind::Application, ListKind::Lookup].map(|kind| &**view.list(kind));
        let lists = [application, lookup].map(std::ptr::from_ref);
        let has_both = !application.rules().is_empty() && !lookup.rules().is_empty();
        if has_both && seen.insert(lists) {
            let lost = round_trip(application.rules(), lookup.rules(), Domain::Digits);
            let place = places.get(&lists[1]).copied();
            found.extend(told(view, place, &lost));
        }
    }
}

/// One note for a view: the first number that a rule changes and that does not come back; `place`
/// is where its lookup rules begin.
fn told(view: &View, place: Option<Span>, lost: &[Unrecoverable]) -> Option<Diagnostic> {
    let list = view.list(ListKind::Application);
    let of_rules =
        lost.iter().filter(|loss| loss.region.winner.is_some() && loss.result != loss.witness);
    let origin = |loss: &Unrecoverable| loss.region.winner.and_then(|at| list.origin(at));
    let rules: HashSet<_> = of_rules.clone().filter_map(origin).map(|origin| origin.rule).collect();
    let first = of_rules.clone().next()?;
    let [number, result, back] =
        [&first.witness, &first.result, &first.returned].map(|text| String::from_utf8_lossy(text));
    let back = match back == result {
        true => "lookup leaves that as it is".to_owned(),
        false => format!("lookup makes {} of that", quoted(&back)),
    };
    let also = match &first.collides_with {
        Some(other) => format!(
            ", and could not bring back both it and `{}`, which goes out alike",
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
        Some(place) => found.at(place).with_label("does not bring it back"),
        None => found,
    })
}
