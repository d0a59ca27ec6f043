//! What can be wrong with a book that means something. One file a lint; one list registers them.

mod any_length;
mod changed_number;
mod dead_fix;
mod dead_rule;
mod emergency_by_accident;
mod emergency_rewritten;
mod empty_result;
mod entries;
mod exact_duplicate;
mod keep_without_begins_with;
mod mergeable_rules;
mod named;
mod nested_networks;
mod no_emergency_set;
mod no_round_trip;
mod overlap_order_matters;
mod overlapping_networks;
mod partly_dead_rule;
mod plus_inside_result;
mod relocation;
mod removal;
mod result_matches_rule;
mod skipped_combination;
mod untested_list;
mod unused_group;
mod unused_let;
mod unused_network;

use std::sync::{Arc, OnceLock};
use std::thread::Builder;

use adr_analysis::{Domain, Mergeable, PreparedList, Reachability};
use adr_diagnostic::{Diagnostic, Finding, SourceId, Sources, Span};
use hashbrown::HashMap;

use crate::beside::beside;
use crate::book::{List, ListKind, View};
use crate::levels::Levels;
use crate::resolve::{Resolved, names};
use crate::tree::Tree;

/// A check of a resolved book.
pub(crate) struct Lint {
    /// What it finds.
    pub(crate) finding: &'static Finding,
    /// How long that takes.
    cost: Cost,
    /// Finds it.
    check: fn(&Facts<'_>, &mut Vec<Diagnostic>),
}

/// How long a lint takes where rules are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cost {
    /// One of many that share a thread.
    Low,
    /// As long as all the others together, so that it gets a thread of its own.
    High,
}

/// Rules from which on a second thread is worth its start.
const MANY: usize = 1_000;

/// Every lint, in the order in which they run.
pub(crate) static LINTS: &[Lint] = &[
    Lint { finding: &dead_rule::FINDING, cost: Cost::High, check: dead_rule::check },
    Lint {
        finding: &emergency_rewritten::FINDING,
        cost: Cost::Low,
        check: emergency_rewritten::check,
    },
    Lint {
        finding: &emergency_by_accident::BY_ACCIDENT,
        cost: Cost::Low,
        check: emergency_by_accident::check,
    },
    Lint {
        finding: &emergency_by_accident::WITH_MORE_DIGITS,
        cost: Cost::Low,
        check: emergency_by_accident::check_more_digits,
    },
    Lint {
        finding: &plus_inside_result::PLUS_INSIDE_RESULT,
        cost: Cost::Low,
        check: plus_inside_result::check,
    },
    Lint {
        finding: &plus_inside_result::CODE_REWRITTEN,
        cost: Cost::Low,
        check: plus_inside_result::check_codes,
    },
    Lint { finding: &no_emergency_set::FINDING, cost: Cost::Low, check: no_emergency_set::check },
    Lint { finding: &any_length::FINDING, cost: Cost::Low, check: any_length::check },
    Lint {
        finding: &keep_without_begins_with::FINDING,
        cost: Cost::Low,
        check: keep_without_begins_with::check,
    },
    Lint { finding: &exact_duplicate::FINDING, cost: Cost::Low, check: exact_duplicate::check },
    Lint { finding: &mergeable_rules::FINDING, cost: Cost::Low, check: mergeable_rules::check },
    Lint { finding: &empty_result::EMPTY_RESULT, cost: Cost::Low, check: empty_result::check },
    Lint {
        finding: &overlapping_networks::FINDING,
        cost: Cost::Low,
        check: overlapping_networks::check,
    },
    Lint { finding: &unused_network::FINDING, cost: Cost::Low, check: unused_network::check },
    Lint { finding: &unused_group::FINDING, cost: Cost::Low, check: unused_group::check },
    Lint { finding: &unused_let::FINDING, cost: Cost::Low, check: unused_let::check },
    Lint { finding: &untested_list::FINDING, cost: Cost::Low, check: untested_list::check },
    Lint { finding: &partly_dead_rule::FINDING, cost: Cost::Low, check: partly_dead_rule::check },
    Lint {
        finding: &skipped_combination::FINDING,
        cost: Cost::Low,
        check: skipped_combination::check,
    },
    Lint {
        finding: &overlap_order_matters::FINDING,
        cost: Cost::Low,
        check: overlap_order_matters::check,
    },
    Lint {
        finding: &result_matches_rule::FINDING,
        cost: Cost::Low,
        check: result_matches_rule::check,
    },
    Lint { finding: &no_round_trip::FINDING, cost: Cost::Low, check: no_round_trip::check },
];

/// Findings of lints that have two.
pub(crate) static SECOND: &[&Finding] = &[&empty_result::ERASES_NUMBER, &dead_rule::DEAD_ENTRY];

/// What a lint looks at.
pub(crate) struct Facts<'b> {
    pub(crate) sources: &'b Sources,
    /// One tree a file, in the order of the sources.
    pub(crate) trees: &'b [Tree],
    pub(crate) book: &'b Resolved,
    /// Every list once, with the views that have it.
    lists: Vec<Shared<'b>>,
    /// Where each list is among them, by its address.
    place_of_list: HashMap<usize, usize>,
}

/// A list and whose it is; views with equal lists share one.
struct Shared<'b> {
    kind: ListKind,
    list: &'b List,
    /// In the order of the book, at least one.
    views: Vec<&'b View>,
    /// The first view that writes the list, and where its first block begins; `None` for a list
    /// that is written nowhere, which has no rules.
    written: Option<(&'b View, Span)>,
    /// Its rules, sorted; what several lints ask about them is answered once.
    prepared: OnceLock<PreparedList<'b>>,
    /// Which of its rules can win.
    reachability: OnceLock<Vec<Reachability>>,
    /// Which of those could go all the same.
    mergeable: OnceLock<Vec<Mergeable>>,
    /// Rules that are equal to an earlier one, each with that one.
    duplicates: OnceLock<Vec<(usize, usize)>>,
}

impl Shared<'_> {
    fn prepared(&self) -> &PreparedList<'_> {
        let prepare = || PreparedList::new(self.list.rules(), Domain::Dialable);
        self.prepared.get_or_init(prepare)
    }

    fn reachability(&self) -> &[Reachability] {
        let reachability = || self.prepared().reachability();
        self.reachability.get_or_init(reachability)
    }

    fn mergeable(&self) -> &[Mergeable] {
        let mergeable = || self.prepared().mergeable();
        self.mergeable.get_or_init(mergeable)
    }
}

impl<'b> Facts<'b> {
    /// Gathers the lists of a book.
    pub(crate) fn of(sources: &'b Sources, trees: &'b [Tree], book: &'b Resolved) -> Self {
        let mut lists: Vec<Shared<'b>> = Vec::new();
        let mut known: HashMap<(ListKind, *const List), usize> = HashMap::new();
        let mut place_of_list = HashMap::new();
        let views = std::iter::once(&book.default).chain(&book.sites);
        for (view, places) in views.zip(&book.places) {
            for kind in ListKind::ALL {
                let list = view.list(kind);
                let at = *known.entry((kind, Arc::as_ptr(list))).or_insert_with(|| {
                    lists.push(Shared {
                        kind,
                        list,
                        views: Vec::new(),
                        written: None,
                        prepared: OnceLock::new(),
                        reachability: OnceLock::new(),
                        mergeable: OnceLock::new(),
                        duplicates: OnceLock::new(),
                    });
                    place_of_list.insert(Arc::as_ptr(list).addr(), lists.len() - 1);
                    lists.len() - 1
                });
                lists[at].views.push(view);
                let place = places.of(kind).map(|place| (view, place));
                lists[at].written = lists[at].written.or(place);
            }
        }
        Self { sources, trees, book, lists, place_of_list }
    }

    /// Which rules of a list can win, of all numbers that a phone can dial.
    fn reachability(&self, list: &List) -> &[Reachability] {
        let shared = self.of_list(list);
        shared.map_or(&[], Shared::reachability)
    }

    /// Rules of a list that win and could go all the same.
    fn mergeable(&self, list: &List) -> &[Mergeable] {
        let shared = self.of_list(list);
        shared.map_or(&[], Shared::mergeable)
    }

    /// Positions of rules that are equal to an earlier one of their list, with that one's.
    fn duplicates(&self, list: &List) -> &[(usize, usize)] {
        let compute = || exact_duplicate::duplicates(list, self.reachability(list));
        let shared = self.of_list(list);
        shared.map_or(&[], |shared| shared.duplicates.get_or_init(compute))
    }

    fn of_list(&self, list: &List) -> Option<&Shared<'b>> {
        let at = self.place_of_list.get(&std::ptr::from_ref(list).addr())?;
        self.lists.get(*at)
    }

    /// The tree of a source.
    fn tree(&self, source: SourceId) -> Option<&'b Tree> {
        let at = self.trees.binary_search_by_key(&source, |tree| tree.source);
        at.ok().and_then(|at| self.trees.get(at))
    }

    /// The default view, then the sites.
    fn views(&self) -> impl Iterator<Item = &'b View> {
        std::iter::once(&self.book.default).chain(&self.book.sites)
    }

    fn rules(&self) -> usize {
        let lists = self.lists.iter();
        lists.map(|shared| shared.list.rules().len()).sum()
    }

    /// The lists of one kind, each once.
    fn shared(&self, kind: ListKind) -> impl Iterator<Item = &Shared<'b>> {
        self.lists.iter().filter(move |shared| shared.kind == kind)
    }

    /// Every list that is written somewhere, once, with its kind, its first view, and where that
    /// view's first block begins.
    fn lists(&self) -> impl Iterator<Item = (ListKind, &'b View, &'b List, Span)> {
        self.lists.iter().filter_map(|shared| {
            let (view, place) = shared.written?;
            Some((shared.kind, view, shared.list, place))
        })
    }
}

/// Rules whose names are taken already. These are errors, and no lint; they are looked for here
/// because every list is at hand.
pub(crate) fn repeated_names(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let lists = facts.lists();
    lists.flat_map(|(_, _, list, _)| names::repeated(list, facts.sources)).collect()
}

/// What lints find in a book without errors; notes only where levels ask for them.
///
/// # Errors
///
/// Repeated names, which are errors, so that nothing else is of interest.
pub(crate) fn run(facts: &Facts<'_>, levels: &Levels) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let run = |cost: Cost| {
        let lints = LINTS.iter().filter(|lint| lint.cost == cost);
        let mut found = Vec::new();
        for lint in lints.filter(|lint| levels.asks_for(lint.finding)) {
            (lint.check)(facts, &mut found);
        }
        found
    };
    let others = || match repeated_names(facts) {
        repeated if repeated.is_empty() => Ok(run(Cost::Low)),
        repeated => Err(repeated),
    };
    let (costly, found) = if facts.rules() < MANY {
        let found = others()?;
        (run(Cost::High), Ok(found))
    } else {
        beside(Builder::new(), || run(Cost::High), others)
    };
    let mut found = found?;
    found.extend(costly);
    Ok(found)
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
    view.name().map_or_else(|| "the default view".to_owned(), |name| format!("site `{name}`"))
}
