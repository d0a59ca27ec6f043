//! What can be wrong with a book that means something. One file a lint; one list registers them.

mod any_length;
mod changed_number;
mod dead_rule;
mod emergency_by_accident;
mod emergency_rewritten;
mod empty_result;
mod exact_duplicate;
mod keep_without_begins_with;
mod mergeable_rules;
mod named;
mod no_emergency_set;
mod no_round_trip;
mod overlap_order_matters;
mod overlapping_networks;
mod partly_dead_rule;
mod plus_inside_result;
mod removal;
mod result_matches_rule;
mod untested_list;
mod unused_group;
mod unused_let;
mod unused_network;

use adr_diagnostic::{Diagnostic, Finding, Sources, Span};

use crate::book::{List, ListKind, View};
use crate::levels::Levels;
use crate::resolve::{Resolved, names};

/// A check of a resolved book.
pub(crate) struct Lint {
    /// What it finds.
    pub(crate) finding: &'static Finding,
    /// Finds it.
    check: fn(&Facts<'_>, &mut Vec<Diagnostic>),
}

/// Rules from which on a second thread is worth its start.
const MANY: usize = 1_000;

/// Every lint, in the order in which they run.
pub(crate) static LINTS: &[Lint] = &[
    Lint {
        finding: &dead_rule::FINDING,
        check: dead_rule::check,
    },
    Lint {
        finding: &emergency_rewritten::FINDING,
        check: emergency_rewritten::check,
    },
    Lint {
        finding: &emergency_by_accident::BY_ACCIDENT,
        check: emergency_by_accident::check,
    },
    Lint {
        finding: &emergency_by_accident::WITH_MORE_DIGITS,
        check: emergency_by_accident::check_more_digits,
    },
    Lint {
        finding: &plus_inside_result::PLUS_INSIDE_RESULT,
        check: plus_inside_result::check,
    },
    Lint {
        finding: &plus_inside_result::CODE_REWRITTEN,
        check: plus_inside_result::check_codes,
    },
    Lint {
        finding: &no_emergency_set::FINDING,
        check: no_emergency_set::check,
    },
    Lint {
        finding: &any_length::FINDING,
        check: any_length::check,
    },
    Lint {
        finding: &keep_without_begins_with::FINDING,
        check: keep_without_begins_with::check,
    },
    Lint {
        finding: &exact_duplicate::FINDING,
        check: exact_duplicate::check,
    },
    Lint {
        finding: &mergeable_rules::FINDING,
        check: mergeable_rules::check,
    },
    Lint {
        finding: &empty_result::EMPTY_RESULT,
        check: empty_result::check,
    },
    Lint {
        finding: &overlapping_networks::FINDING,
        check: overlapping_networks::check,
    },
    Lint {
        finding: &unused_network::FINDING,
        check: unused_network::check,
    },
    Lint {
        finding: &unused_group::FINDING,
        check: unused_group::check,
    },
    Lint {
        finding: &unused_let::FINDING,
        check: unused_let::check,
    },
    Lint {
        finding: &untested_list::FINDING,
        check: untested_list::check,
    },
    Lint {
        finding: &partly_dead_rule::FINDING,
        check: partly_dead_rule::check,
    },
    Lint {
        finding: &overlap_order_matters::FINDING,
        check: overlap_order_matters::check,
    },
    Lint {
        finding: &result_matches_rule::FINDING,
        check: result_matches_rule::check,
    },
    Lint {
        finding: &no_round_trip::FINDING,
        check: no_round_trip::check,
    },
];

/// Findings of lints that have two.
pub(crate) static SECOND: &[&Finding] = &[&empty_result::ERASES_NUMBER];

/// What a lint looks at.
pub(crate) struct Facts<'b> {
    pub(crate) sources: &'b Sources,
    pub(crate) book: &'b Resolved,
}

impl<'b> Facts<'b> {
    /// The default view, then the sites.
    fn views(&self) -> impl Iterator<Item = &'b View> {
        std::iter::once(&self.book.default).chain(&self.book.sites)
    }

    fn rules(&self) -> usize {
        self.lists()
            .map(|(_, _, list, _)| list.rules().rules().len())
            .sum()
    }

    /// Every list that is written somewhere, once, with its kind, its view, and where its first block begins.
    fn lists(&self) -> impl Iterator<Item = (ListKind, &'b View, &'b List, Span)> {
        self.views()
            .zip(&self.book.places)
            .flat_map(|(view, places)| {
                [ListKind::Application, ListKind::Lookup]
                    .into_iter()
                    .filter_map(move |kind| {
                        Some((kind, view, &**view.list(kind), places.of(kind)?))
                    })
            })
    }
}

/// Rules whose names are taken already. These are errors, and no lint; they are looked for here because
/// every list is at hand.
pub(crate) fn repeated_names(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let lists = facts.lists();
    lists
        .flat_map(|(_, _, list, _)| names::repeated(list, facts.sources))
        .collect()
}

/// What lints find in a book without errors; notes only where levels ask for them.
///
/// # Errors
///
/// Repeated names, which are errors, so that nothing else is of interest.
pub(crate) fn run(facts: &Facts<'_>, levels: &Levels) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let run = |lints: &[Lint]| {
        let mut found = Vec::new();
        for lint in lints.iter().filter(|lint| levels.asks_for(lint.finding)) {
            (lint.check)(facts, &mut found);
        }
        found
    };
    // the first takes as long as everything else together where rules are many
    let (first, others) = LINTS.split_at(1);
    if facts.rules() < MANY {
        let repeated = repeated_names(facts);
        if !repeated.is_empty() {
            return Err(repeated);
        }
        let mut found = run(others);
        found.extend(run(first));
        return Ok(found);
    }
    std::thread::scope(|scope| {
        let first = scope.spawn(|| run(first));
        let repeated = repeated_names(facts);
        if !repeated.is_empty() {
            return Err(repeated);
        }
        let mut found = run(others);
        match first.join() {
            Ok(more) => found.extend(more),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        Ok(found)
    })
}

/// A number or result in a message; an empty one is `""`, so that it can be seen.
fn quoted(text: &str) -> String {
    match text {
        "" => "`\"\"`".to_owned(),
        text => format!("`{text}`"),
    }
}

/// How a view is named in a message.
fn view_name(view: &View) -> String {
    view.name().map_or_else(
        || "the default view".to_owned(),
        |name| format!("site `{name}`"),
    )
}
