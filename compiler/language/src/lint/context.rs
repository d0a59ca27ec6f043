//! The input of a lint: every list of a dial plan once, and the analyses that several lints share.

use std::sync::{Arc, OnceLock};

use adr_analysis::{Domain, Mergeable, PreparedList, Reachability};
use adr_diagnostic::{SourceId, Sources, Span};
use adr_engine::Rule;
use hashbrown::HashMap;

use crate::plan::{List, ListKind, View};
use crate::resolve::Resolved;
use crate::tree::Tree;

/// The input of a lint.
pub(crate) struct Context<'b> {
    pub(super) sources: &'b Sources,
    /// One tree for each file, in the order of the sources.
    pub(super) trees: &'b [Tree],
    /// The dial plan.
    pub(super) resolved: &'b Resolved,
    /// Every list once, with the views that use it.
    pub(super) lists: Vec<Shared<'b>>,
    /// The index of each list in `lists`, by its address.
    place_of_list: HashMap<usize, usize>,
}

/// A list and the views that use it. Views with equal lists share one.
pub(super) struct Shared<'b> {
    pub(super) kind: ListKind,
    pub(super) list: &'b List,
    /// In the order of the dial plan; at least one.
    pub(super) views: Vec<&'b View>,
    /// The first view that writes the list, and the place of its first block; `None` for a list
    /// that no view writes, which has no rules.
    pub(super) written: Option<(&'b View, Span)>,
    /// Its rules, prepared once for the analyses of several lints.
    prepared: OnceLock<PreparedList<'b>>,
    /// For each of its rules, whether it can win.
    reachability: OnceLock<Vec<Reachability>>,
    /// The rules that win, but are redundant.
    mergeable: OnceLock<Vec<Mergeable>>,
    /// The rules that are equal to an earlier one, each with the position of that one.
    duplicates: OnceLock<Vec<(usize, usize)>>,
}

/// A list that is written in a view.
pub(super) struct WrittenList<'b> {
    pub(super) kind: ListKind,
    /// The first view that writes it.
    pub(super) view: &'b View,
    pub(super) list: &'b List,
    /// The place of the first block of that view.
    pub(super) place: Span,
}

impl Shared<'_> {
    fn prepared(&self) -> &PreparedList<'_> {
        let prepare = || PreparedList::new(self.list.rules(), Domain::Dialable);
        self.prepared.get_or_init(prepare)
    }

    pub(super) fn reachability(&self) -> &[Reachability] {
        let reachability = || self.prepared().reachability();
        self.reachability.get_or_init(reachability)
    }

    pub(super) fn mergeable(&self) -> &[Mergeable] {
        let mergeable = || self.prepared().mergeable();
        self.mergeable.get_or_init(mergeable)
    }
}

impl<'b> Context<'b> {
    /// Collects the lists of a dial plan.
    pub(crate) fn of(sources: &'b Sources, trees: &'b [Tree], resolved: &'b Resolved) -> Self {
        let mut lists: Vec<Shared<'b>> = Vec::new();
        let mut known: HashMap<(ListKind, *const List), usize> = HashMap::new();
        let mut place_of_list = HashMap::new();
        let views = std::iter::once(&resolved.default).chain(&resolved.sites);
        for (view, places) in views.zip(&resolved.places) {
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
        Self { sources, trees, resolved, lists, place_of_list }
    }

    /// For each rule of a list, whether it can win for any number that a phone can dial.
    pub(super) fn reachability(&self, list: &List) -> &[Reachability] {
        let shared = self.of_list(list);
        shared.map_or(&[], Shared::reachability)
    }

    /// The rules of a list that win, but are redundant.
    pub(super) fn mergeable(&self, list: &List) -> &[Mergeable] {
        let shared = self.of_list(list);
        shared.map_or(&[], Shared::mergeable)
    }

    /// The positions of rules that are equal to an earlier one of their list, each with the
    /// position of that one.
    pub(super) fn duplicates(&self, list: &List) -> &[(usize, usize)] {
        let compute = || duplicates(list, self.reachability(list));
        let shared = self.of_list(list);
        shared.map_or(&[], |shared| shared.duplicates.get_or_init(compute))
    }

    fn of_list(&self, list: &List) -> Option<&Shared<'b>> {
        let at = self.place_of_list.get(&std::ptr::from_ref(list).addr())?;
        self.lists.get(*at)
    }

    /// The tree of a source.
    pub(super) fn tree(&self, source: SourceId) -> Option<&'b Tree> {
        let at = self.trees.binary_search_by_key(&source, |tree| tree.source);
        at.ok().and_then(|at| self.trees.get(at))
    }

    /// The default view, then the sites.
    pub(super) fn views(&self) -> impl Iterator<Item = &'b View> {
        std::iter::once(&self.resolved.default).chain(&self.resolved.sites)
    }

    pub(super) fn rules(&self) -> usize {
        let lists = self.lists.iter();
        lists.map(|shared| shared.list.rules().len()).sum()
    }

    /// The lists of one kind, each once.
    pub(super) fn shared(&self, kind: ListKind) -> impl Iterator<Item = &Shared<'b>> {
        self.lists.iter().filter(move |shared| shared.kind == kind)
    }

    /// Every list that is written in some view, once.
    pub(super) fn lists(&self) -> impl Iterator<Item = WrittenList<'b>> {
        self.lists.iter().filter_map(|shared| {
            let (view, place) = shared.written?;
            Some(WrittenList { kind: shared.kind, view, list: shared.list, place })
        })
    }
}

/// The positions of rules that are equal to an earlier one, each with the position of that one.
/// Such a rule never wins, so only the rules that never win are looked up.
fn duplicates(list: &List, reachability: &[Reachability]) -> Vec<(usize, usize)> {
    let rules = list.rules();
    let is_idle = |at: &usize| reachability.get(*at) != Some(&Reachability::Live);
    let idle = (0..rules.len()).filter(is_idle);
    let mut first: HashMap<&Rule, Option<usize>> = idle.map(|at| (&rules[at], None)).collect();
    if first.is_empty() {
        return Vec::new();
    }
    let mut duplicates = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let Some(first) = first.get_mut(rule) else {
            continue;
        };
        match first {
            Some(first) => duplicates.push((at, *first)),
            None => *first = Some(at),
        }
    }
    duplicates
}
