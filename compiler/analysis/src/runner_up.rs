//! Who wins, and who would win without the winner: rules that can go, and rules whose order
//! matters.

use adr_engine::Rule;

use crate::actions::ActionTable;
use crate::changes::Change;
use crate::class::{Class, Entry, Lengths, MARK, classes, sweep};
use crate::domain::Domain;
use crate::form::{Form, Place};
use crate::region::{first_outside, residue, rewritten};
use crate::tree::{LastTree, NONE, Tree};

/// A rule that can be removed: for every number that it decides about, what comes next does the
/// same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mergeable {
    /// The rule, counted from 0.
    pub rule: usize,
    /// The rules below it that go on in its place, ascending; numbers that none of them takes are
    /// left as they are, with the rule and without it.
    pub into: Vec<usize>,
}

/// Two rules that take the same numbers and treat them differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The rule that decides and what it does to the shortest number that shows it.
    pub first: Change,
    /// The rule that would decide if the two changed places, counted from 0.
    pub second: usize,
    /// What it would make of that number.
    pub swapped: Vec<u8>,
}

/// Rules that win and can be removed without changing any result; all of them at once.
///
/// Where rules could stand in for each other, the later ones are kept. Rules that never win are not
/// among them, see [`reachability`](crate::reachability()).
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
    mergeable_in(rules, classes(&[rules], domain), domain)
}

/// The same for classes that are made already.
pub(crate) fn mergeable_in<'r>(
    rules: &'r [Rule],
    classes: impl IntoIterator<Item = Class<'r>>,
    domain: Domain,
) -> Vec<Mergeable> {
    let mut is_alive = vec![false; rules.len()];
    let mut differs = vec![false; rules.len()];
    // rules and what would come next, in runs
    let mut pairs: Vec<(usize, Option<usize>)> = Vec::new();
    let is_alone = contenders((rules, classes), domain, |contender| {
        let Some(first) = contender.first() else {
            return false;
        };
        is_alive[first] = true;
        differs[first] |= contender.differs();
        let pair = (first, contender.second());
        if !differs[first] && pairs.last() != Some(&pair) {
            pairs.push(pair);
        }
        !differs[first]
    });
    for (rule, _) in is_alone.iter().enumerate().filter(|(_, alone)| **alone) {
        is_alive[rule] = true;
        differs[rule] = true;
    }
    pairs.retain(|(first, _)| !differs[*first]);
    pairs.sort_unstable();
    pairs.dedup();
    let mut goes = vec![false; rules.len()];
    let mut found = Vec::new();
    for same in pairs.chunk_by(|a, b| a.0 == b.0).rev() {
        let into: Vec<usize> = same.iter().filter_map(|(_, next)| *next).collect();
        let rule = same[0].0;
        if into.iter().all(|next| is_alive[*next] && !goes[*next]) {
            goes[rule] = true;
            found.push(Mergeable { rule, into });
        }
    }
    found.reverse();
    found
}

/// Rules that would lose numbers to a rule below them if the two changed places, with different
/// results; for each the pair with the shortest number that shows it, in the order of the list.
///
/// ```
/// use adr_analysis::{Domain, overlaps};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("911", 3, 0, ""), Rule::from_deployed("", 3, 0, "8")];
/// let found = overlaps(&rules, Domain::Dialable);
/// assert_eq!((found[0].first.rule, found[0].second), (0, 1));
/// assert_eq!((&found[0].first.witness[..], &found[0].swapped[..]), (&b"911"[..], &b"8911"[..]));
/// ```
#[must_use]
pub fn overlaps(rules: &[Rule], domain: Domain) -> Vec<Overlap> {
    let mut found: Vec<Option<Overlap>> = vec![None; rules.len()];
    contenders((rules, classes(&[rules], domain)), domain, |contender| {
        let (Some(first), Some(second)) = (contender.first(), contender.second()) else {
            return false;
        };
        let Some(witness) = contender.witness() else {
            return true;
        };
        let known = found[first].as_ref();
        // at further lengths there are no shorter numbers
        if known.is_some_and(|known| Domain::order(&known.first.witness, &witness).is_le()) {
            return false;
        }
        found[first] = Some(Overlap {
            swapped: rewritten(rules.get(second), &witness),
            first: Change { rule: first, result: rewritten(rules.get(first), &witness), witness },
            second,
        });
        false
    });
    found.into_iter().flatten().collect()
}

/// What is left of a place, and the first two rules that match there.
struct Contender<'t, 'r> {
    tree: &'t Tree<'r>,
    at: usize,
    lengths: Lengths,
    best: [u32; 2],
    rules: &'r [Rule],
    actions: &'t ActionTable<'r>,
    domain: Domain,
}

impl<'t> Contender<'t, '_> {
    fn first(&self) -> Option<usize> {
        (self.best[0] != NONE).then_some(self.best[0] as usize)
    }

    fn second(&self) -> Option<usize> {
        (self.best[1] != NONE).then_some(self.best[1] as usize)
    }

    fn form(&self, rule: Option<usize>) -> Form<'t> {
        let rule = rule.map(|rule| &self.rules[rule]);
        Form::of(rule, self.tree.nodes[self.at].prefix(), self.tree.length)
    }

    fn differs(&self) -> bool {
        let [one, other] = self.best.map(|rule| self.actions.number(0, rule));
        one != other && {
            let place = Place::of(self.tree.nodes[self.at].prefix());
            let form = |number| Form::at(self.actions.get(number), place, self.tree.length);
            !form(one).equals(&form(other))
        }
    }

    /// The shortest number of which the two make different things.
    fn witness(&self) -> Option<Vec<u8>> {
        if !self.differs() {
            return None;
        }
        let (one, other) = (self.form(self.first()), self.form(self.second()));
        let region = residue(self.tree, self.at, self.lengths, self.best[0])?;
        let agreement = one.agreement(&other);
        let depth = self.tree.nodes[self.at].depth();
        let agreement = agreement.map(|(behind, bytes)| (depth + behind, bytes));
        first_outside(&region, agreement.as_ref(), self.domain)
    }
}

/// Visits what is left of every place at which some rule matches; at further lengths of the same
/// tree only the places for which `visit` asked for that.
///
/// A rule that shares no number with another rule, and changes its numbers, is not visited. The
/// result says for each rule whether that is so at some length; at another length, a rule for any
/// length may share numbers.
fn contenders<'r>(
    (rules, classes): (&'r [Rule], impl IntoIterator<Item = Class<'r>>),
    domain: Domain,
    mut visit: impl FnMut(&Contender<'_, 'r>) -> bool,
) -> Vec<bool> {
    let actions = ActionTable::new(&[rules]);
    let mut last = LastTree::default();
    // places with their first two rules
    let mut places = Vec::new();
    let mut is_alone = vec![false; rules.len()];
    for class in classes {
        let length = class.lengths.from;
        let tree = last.tree(&class, length, |entries| {
            let entries = contended(entries, &actions, &mut is_alone);
            let tree = Tree::build(&entries, length, domain);
            places = contended_places(&tree, &entries);
            tree
        });
        places.retain(|(at, best)| {
            visit(&Contender {
                tree: &tree,
                at: *at,
                lengths: class.lengths,
                best: *best,
                rules,
                actions: &actions,
                domain,
            })
        });
    }
    is_alone
}

/// The places of a tree of which something is left and at which a rule matches, with the first two
/// of these.
fn contended_places(tree: &Tree<'_>, entries: &[Entry<'_>]) -> Vec<(usize, [u32; 2])> {
    let own = first_two(tree, entries);
    let mut places = Vec::with_capacity(tree.nodes.len());
    let mut open = vec![(0, [NONE; 2])];
    while let Some((at, above)) = open.pop() {
        let best = own[at].iter().fold(above, |best, rule| insert(best, *rule));
        open.extend(tree.children(at).map(|child| (child, best)));
        if best[0] != NONE && !tree.is_tiled(at) {
            places.push((at, best));
        }
    }
    places
}

/// Entries that have a number in common with another one, and those whose rules may change nothing;
/// the rules of the others are alone. Sorted as before.
fn contended<'r>(
    entries: &[Entry<'r>],
    actions: &ActionTable<'_>,
    is_alone: &mut [bool],
) -> Vec<Entry<'r>> {
    let mut shares = vec![false; entries.len()];
    sweep(entries, |at, above| {
        if let Some(above) = above {
            shares[above] = true;
            shares[at] = true;
        }
    });
    // a rule that writes what it removes; of a number as short as its begins-with, it cannot remove
    // more
    let may_change_nothing = |entry: &Entry<'_>| {
        let action = actions.get(actions.number(0, entry.rule()));
        let prefix = Entry::new(action.prefix, MARK, 0);
        action.removed_from(entry.prefix.len()) == action.prefix.len() && entry.starts_with(&prefix)
    };
    let is_contended = |(entry, shares): &(&Entry<'_>, bool)| {
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
fn first_two(tree: &Tree<'_>, entries: &[Entry<'_>]) -> Vec<[u32; 2]> {
    let mut own = vec![[NONE; 2]; tree.nodes.len()];
    // nodes are made in the order of entries
    let nodes = (0..tree.nodes.len()).filter(|at| tree.nodes[*at].own[0] != NONE);
    let same = entries.chunk_by(Entry::is_same_prefix);
    for (at, same) in nodes.zip(same) {
        own[at] = [same[0].rule(), same.get(1).map_or(NONE, Entry::rule)];
    }
    own
}
