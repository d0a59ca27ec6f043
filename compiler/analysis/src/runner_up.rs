//! The winner and the runner-up, which would win without it: rules that can be removed, and rules
//! whose order matters.

use adr_engine::Rule;

use crate::actions::ActionTable;
use crate::changes::Change;
use crate::domain::Domain;
use crate::length_class::{LengthClass, Lengths, PROBE, PrefixEntry, length_classes, sweep};
use crate::normal_form::{NormalForm, Prefix};
use crate::region::{apply_rule, first_without, residue};
use crate::tree::{LastTree, NO_RULE, Tree};

/// A rule that can be removed, because the next match does the same to every number that it wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mergeable {
    /// The rule, counted from 0.
    pub rule: usize,
    /// The rules below it that win its numbers when it is removed, ascending. Numbers that none of
    /// them matches stay unchanged, with the rule and without it.
    pub into: Vec<usize>,
}

/// Two rules that match the same number and treat it differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The rule that wins, with the shortest number of both and its result.
    pub first: Change,
    /// The rule that would win if the two were swapped, counted from 0.
    pub second: usize,
    /// The result if the two were swapped.
    pub swapped_result: Vec<u8>,
}

/// Rules that win and can be removed, all at once, without changing any result.
///
/// Of rules that can replace each other, the later ones are kept. Rules that never win are not
/// included, see [`reachability`](crate::reachability()).
///
/// ```
/// use adr_analysis::{Domain, mergeable};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("555", 7, 0, "9"), Rule::from_deployed("", 7, 0, "9")];
/// let found = mergeable(&rules, Domain::Anything);
/// assert_eq!((found[0].rule, &found[0].into[..]), (0, &[1][..]));
/// ```
#[must_use]
pub fn mergeable(rules: &[Rule], domain: Domain) -> Vec<Mergeable> {
    mergeable_in(rules, length_classes(&[rules], domain), domain)
}

/// Like [`mergeable`], with length classes that are computed already.
pub(crate) fn mergeable_in<'r>(
    rules: &'r [Rule],
    classes: impl IntoIterator<Item = LengthClass<'r>>,
    domain: Domain,
) -> Vec<Mergeable> {
    let mut is_live = vec![false; rules.len()];
    let mut differs = vec![false; rules.len()];
    // winners and their runners-up; equal pairs often follow each other
    let mut pairs: Vec<(usize, Option<usize>)> = Vec::new();
    let is_alone = for_each_contender(rules, classes, domain, |contender| {
        let Some(first) = contender.first() else {
            return false;
        };
        is_live[first] = true;
        differs[first] |= contender.differs();
        let pair = (first, contender.second());
        if !differs[first] && pairs.last() != Some(&pair) {
            pairs.push(pair);
        }
        !differs[first]
    });
    for (rule, _) in is_alone.iter().enumerate().filter(|(_, alone)| **alone) {
        is_live[rule] = true;
        differs[rule] = true;
    }
    pairs.retain(|(first, _)| !differs[*first]);
    pairs.sort_unstable();
    pairs.dedup();
    let mut is_removed = vec![false; rules.len()];
    let mut found = Vec::new();
    for same in pairs.chunk_by(|a, b| a.0 == b.0).rev() {
        let into: Vec<usize> = same.iter().filter_map(|(_, next)| *next).collect();
        let rule = same[0].0;
        if into.iter().all(|next| is_live[*next] && !is_removed[*next]) {
            is_removed[rule] = true;
            found.push(Mergeable { rule, into });
        }
    }
    found.reverse();
    found
}

/// Rules that share numbers with a rule below them that treats these differently; for each rule the
/// pair with the shortest such number, in the order of the list.
///
/// ```
/// use adr_analysis::{Domain, overlaps};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("911", 3, 0, ""), Rule::from_deployed("", 3, 0, "8")];
/// let found = overlaps(&rules, Domain::Dialable);
/// assert_eq!((found[0].first.rule, found[0].second), (0, 1));
/// assert_eq!((&found[0].first.witness[..], &found[0].swapped_result[..]), (&b"911"[..], &b"8911"[..]));
/// ```
#[must_use]
pub fn overlaps(rules: &[Rule], domain: Domain) -> Vec<Overlap> {
    let mut found: Vec<Option<Overlap>> = vec![None; rules.len()];
    for_each_contender(rules, length_classes(&[rules], domain), domain, |contender| {
        let (Some(first), Some(second)) = (contender.first(), contender.second()) else {
            return false;
        };
        let Some(witness) = contender.witness() else {
            return true;
        };
        let known = found[first].as_ref();
        // greater lengths have no shorter numbers
        if known.is_some_and(|known| Domain::compare(&known.first.witness, &witness).is_le()) {
            return false;
        }
        found[first] = Some(Overlap {
            swapped_result: apply_rule(rules.get(second), &witness),
            first: Change { rule: first, result: apply_rule(rules.get(first), &witness), witness },
            second,
        });
        false
    });
    found.into_iter().flatten().collect()
}

/// The residue of a node, with its winner and its runner-up.
struct Contender<'t, 'r> {
    tree: &'t Tree<'r>,
    /// Position of the node.
    at: usize,
    lengths: Lengths,
    /// Winner and runner-up, or [`NO_RULE`].
    best: [u32; 2],
    rules: &'r [Rule],
    actions: &'t ActionTable<'r>,
}

impl<'t> Contender<'t, '_> {
    /// The winner.
    fn first(&self) -> Option<usize> {
        (self.best[0] != NO_RULE).then_some(self.best[0] as usize)
    }

    /// The runner-up.
    fn second(&self) -> Option<usize> {
        (self.best[1] != NO_RULE).then_some(self.best[1] as usize)
    }

    fn normal_form(&self, rule: Option<usize>) -> NormalForm<'t> {
        let rule = rule.map(|rule| &self.rules[rule]);
        NormalForm::of(rule, self.tree.nodes[self.at].prefix(), self.tree.length)
    }

    /// Whether the two have different results.
    fn differs(&self) -> bool {
        let [one, other] = self.best.map(|rule| self.actions.id(0, rule));
        one != other && {
            let prefix = Prefix::of(self.tree.nodes[self.at].prefix());
            let form = |id| NormalForm::at(self.actions.get(id), prefix, self.tree.length);
            !form(one).equals(&form(other))
        }
    }

    /// The shortest number with different results.
    fn witness(&self) -> Option<Vec<u8>> {
        if !self.differs() {
            return None;
        }
        let (one, other) = (self.normal_form(self.first()), self.normal_form(self.second()));
        let region = residue(self.tree, self.at, self.lengths, self.best[0])?;
        let coincidence = one.coincidence(&other);
        let depth = self.tree.nodes[self.at].depth();
        let coincidence = coincidence.map(|coincidence| coincidence.shifted(depth));
        first_without(&region, coincidence.as_ref(), self.tree.domain)
    }
}

/// Visits every residue that some rule matches. At further lengths of the same tree, visits only
/// those for which `visit` returned true.
///
/// Does not visit a rule that shares no number with another rule and changes all its numbers. The
/// result says for each rule whether this is the case at some length; at another length, a rule for
/// any length may share numbers.
fn for_each_contender<'r>(
    rules: &'r [Rule],
    classes: impl IntoIterator<Item = LengthClass<'r>>,
    domain: Domain,
    mut visit: impl FnMut(&Contender<'_, 'r>) -> bool,
) -> Vec<bool> {
    let actions = ActionTable::new(&[rules]);
    let mut last = LastTree::default();
    let mut nodes = Vec::new();
    let mut is_alone = vec![false; rules.len()];
    for class in classes {
        let length = class.lengths.from;
        let tree = last.tree(&class, length, |entries| {
            let entries = contended(entries, &actions, &mut is_alone);
            let tree = Tree::build(&entries, length, domain);
            nodes = contended_nodes(&tree, &entries);
            tree
        });
        nodes.retain(|(at, best)| {
            visit(&Contender {
                tree: &tree,
                at: *at,
                lengths: class.lengths,
                best: *best,
                rules,
                actions: &actions,
            })
        });
    }
    is_alone
}

/// The nodes of a tree with a residue that some rule matches, each with winner and runner-up.
fn contended_nodes(tree: &Tree<'_>, entries: &[PrefixEntry<'_>]) -> Vec<(usize, [u32; 2])> {
    let own = first_two(tree, entries);
    let mut nodes = Vec::with_capacity(tree.nodes.len());
    let mut open = vec![(0, [NO_RULE; 2])];
    while let Some((at, above)) = open.pop() {
        let best = own[at].iter().fold(above, |best, rule| insert(best, *rule));
        open.extend(tree.children(at).map(|child| (child, best)));
        if best[0] != NO_RULE && !tree.is_tiled(at) {
            nodes.push((at, best));
        }
    }
    nodes
}

/// Entries that share a number with another one, and those whose rules may leave numbers unchanged,
/// in the same order. Sets `is_alone` for the rules of the others.
fn contended<'r>(
    entries: &[PrefixEntry<'r>],
    actions: &ActionTable<'_>,
    is_alone: &mut [bool],
) -> Vec<PrefixEntry<'r>> {
    let mut shares = vec![false; entries.len()];
    sweep(entries, |at, around| {
        if let Some(around) = around {
            shares[around] = true;
            shares[at] = true;
        }
    });
    // a rule that writes what it removes; the shortest number that it matches is its begins-with
    let may_change_nothing = |entry: &PrefixEntry<'_>| {
        let action = actions.get(actions.id(0, entry.rule()));
        let prefix = PrefixEntry::new(action.prefix, PROBE, 0);
        action.removed_from(entry.prefix.len()) == action.prefix.len() && entry.starts_with(&prefix)
    };
    let is_contended = |(entry, shares): &(&PrefixEntry<'_>, bool)| {
        let is_contended = *shares || may_change_nothing(entry);
        is_alone[entry.rule() as usize] |= !is_contended;
        is_contended
    };
    let entries = entries.iter().zip(shares).filter(is_contended);
    entries.map(|(entry, _)| *entry).collect()
}

/// The two smallest of three.
fn insert([first, second]: [u32; 2], more: u32) -> [u32; 2] {
    if more < first { [more, first] } else { [first, second.min(more)] }
}

/// The first two rules with exactly the begins-with of each node.
fn first_two(tree: &Tree<'_>, entries: &[PrefixEntry<'_>]) -> Vec<[u32; 2]> {
    let mut own = vec![[NO_RULE; 2]; tree.nodes.len()];
    // nodes are in the order of entries
    let nodes = (0..tree.nodes.len()).filter(|at| tree.nodes[*at].own[0] != NO_RULE);
    let same = entries.chunk_by(PrefixEntry::is_same_prefix);
    for (at, same) in nodes.zip(same) {
        own[at] = [same[0].rule(), same.get(1).map_or(NO_RULE, PrefixEntry::rule)];
    }
    own
}
