//! What can happen to numbers: which are changed, and which results should not be.

use std::collections::BTreeMap;

use adr_engine::Rule;

use crate::class::{Entry, Lengths, MARK, classes, sort};
use crate::domain::Domain;
use crate::form::Form;
use crate::region::{first_outside, residue, rewritten};
use crate::tree::{NONE, Tree, trees};

/// A number that comes out otherwise than it should, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The rule that decides, counted from 0.
    pub rule: usize,
    /// The shortest number that shows it.
    pub witness: Vec<u8>,
    /// What becomes of it.
    pub result: Vec<u8>,
}

/// What is wrong with a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing is left to dial.
    Empty,
    /// Nothing is left of several numbers: for all of them the prefix goes out alone.
    Erased,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Empty, Self::Erased];
}

/// The shortest number that begins with `begins_with`, goes on with digits alone, has one of
/// `lengths`, and is changed by the rules; `None` proves that every such number stays as it is, as
/// far as [`longest_covered`](crate::longest_covered()) says.
///
/// ```
/// use adr_analysis::{Lengths, changed};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("911", 3, 3, "911"), Rule::from_deployed("", 3, 0, "9")];
/// let three = Lengths { from: 3, to: Some(3) };
/// assert_eq!(changed(&rules, b"911", three), None);
/// assert_eq!(changed(&rules, b"9", three).unwrap().witness, b"900");
/// // what is not written is a digit, and neither a plus nor a star
/// let plus = [Rule::from_deployed("+", 3, 0, "9")];
/// assert_eq!(changed(&plus, b"", three), None);
/// ```
#[must_use]
pub fn changed(rules: &[Rule], begins_with: &[u8], lengths: Lengths) -> Option<Change> {
    // a place for each first digit, so that what is in front of them can be anything
    let starts: Vec<Vec<u8>> = match begins_with {
        [] => (b'0'..=b'9').map(|digit| vec![digit]).collect(),
        text => vec![text.to_vec()],
    };
    let shortest = lengths.from.max(starts[0].len());
    for class in classes(&[rules], Domain::Anything) {
        // of a run of lengths the shortest that is asked about
        let from = class.lengths.from.max(shortest);
        let is_asked = [class.lengths.to, lengths.to].into_iter().flatten().all(|to| from <= to);
        if !is_asked {
            continue;
        }
        let lengths = Lengths { from, ..class.lengths };
        let mut entries = class.entries.to_vec();
        entries.extend(starts.iter().map(|start| Entry::new(start, MARK, 0)));
        sort(&mut entries);
        let tree = Tree::build(&entries, from, Domain::Anything);
        let is_of_pattern = |at: &usize| {
            let prefix = tree.nodes[*at].prefix();
            let further = prefix.strip_prefix(begins_with);
            !prefix.is_empty() && further.is_some_and(|text| text.iter().all(u8::is_ascii_digit))
        };
        let places = (0..tree.nodes.len()).filter(is_of_pattern);
        let changes = places.filter_map(|at| change_at(rules, &tree, at, lengths));
        if let Some(first) = changes.min_by(|a, b| Domain::order(&a.witness, &b.witness)) {
            return Some(first);
        }
    }
    None
}

/// The first number of what is left of a node that goes on with digits and is changed.
fn change_at(rules: &[Rule], tree: &Tree<'_>, at: usize, lengths: Lengths) -> Option<Change> {
    let node = &tree.nodes[at];
    let winner = node.best[0];
    let rule = rules.get(winner as usize).filter(|_| winner != NONE)?;
    let form = Form::of(Some(rule), node.prefix(), tree.length);
    let identity = Form::of(None, node.prefix(), tree.length);
    if form.equals(&identity) {
        return None;
    }
    let region = residue(tree, at, lengths, winner)?;
    let agreement = form.agreement(&identity);
    let agreement = agreement.map(|(behind, bytes)| (node.depth() + behind, bytes));
    // behind the first place these are the ten digits
    let witness = first_outside(&region, agreement.as_ref(), Domain::Digits)?;
    Some(change(rules, winner as usize, witness))
}

fn change(rules: &[Rule], rule: usize, witness: Vec<u8>) -> Change {
    Change { rule, result: rewritten(rules.get(rule), &witness), witness }
}

/// What can be wrong with results, once for each rule and kind, with the shortest number that shows
/// it.
///
/// A rule for every length is not blamed for the number that is its begins-with and nothing more:
/// what it makes of longer ones is what it is for.
#[must_use]
pub fn results(rules: &[Rule], domain: Domain) -> Vec<(Kind, Change)> {
    let mut found = Kind::ALL.map(|kind| (kind, ShortestWitnesses::default()));
    for (class, tree) in trees(&[rules], domain) {
        results_of(rules, (&tree, class.lengths), domain, &mut found);
        // of a rule for any length, numbers that are its begins-with and nothing more do not count
        let Lengths { from, to } = class.lengths;
        let is_bare = |entry: &Entry<'_>| {
            let rule = &rules[entry.rule() as usize];
            rule.length().is_none() && rule.begins_with().len() == from
        };
        if to != Some(from) && class.entries.iter().any(is_bare) {
            let length = from + 1;
            let lengths = Lengths { from: length, to };
            results_of(rules, (&tree.at(length), lengths), domain, &mut found);
        }
    }
    let of_kind = |(kind, found): (Kind, ShortestWitnesses)| {
        let changes = found.into_changes(rules).into_iter();
        changes.map(move |change| (kind, change))
    };
    let mut found: Vec<(Kind, Change)> = found.into_iter().flat_map(of_kind).collect();
    found.sort_by(|(_, a), (_, b)| Domain::order(&a.witness, &b.witness));
    found
}

/// The same for one tree, at its length.
fn results_of(
    rules: &[Rule],
    (tree, lengths): (&Tree<'_>, Lengths),
    domain: Domain,
    found: &mut [(Kind, ShortestWitnesses); Kind::ALL.len()],
) {
    for at in 0..tree.nodes.len() {
        let node = &tree.nodes[at];
        let winner = node.best[0];
        let Some(rule) = rules.get(winner as usize).filter(|_| winner != NONE) else {
            continue;
        };
        if rule.length().is_none() && tree.length == rule.begins_with().len() {
            continue;
        }
        let form = Form::of(Some(rule), node.prefix(), tree.length);
        let free = tree.length - node.depth();
        let is_gone = form.dropped == free && form.text_length() == rule.prefix().len();
        let asked = match (is_gone, rule.prefix().is_empty(), free) {
            (true, true, _) => Kind::Empty,
            (true, false, 1..) => Kind::Erased,
            _ => continue,
        };
        let found = found.iter_mut().find(|(kind, _)| *kind == asked);
        let Some((_, found)) =
            found.filter(|(_, found)| !found.has_shorter(winner as usize, tree.length))
        else {
            continue;
        };
        if let Some(region) = residue(tree, at, lengths, winner) {
            found.offer(winner as usize, region.witness(domain));
        }
    }
}

/// For each rule the shortest number that shows something, of those that were offered.
#[derive(Default)]
pub(crate) struct ShortestWitnesses(BTreeMap<usize, Vec<u8>>);

impl ShortestWitnesses {
    /// Whether a number for the rule at `rule` is known that is shorter than `length`.
    pub(crate) fn has_shorter(&self, rule: usize, length: usize) -> bool {
        self.0.get(&rule).is_some_and(|known| known.len() < length)
    }

    /// Keeps `witness` for the rule at `rule` unless a known one comes before it.
    pub(crate) fn offer(&mut self, rule: usize, witness: Vec<u8>) {
        let known = self.0.get(&rule);
        if known.is_none_or(|known| Domain::order(&witness, known).is_lt()) {
            self.0.insert(rule, witness);
        }
    }

    /// What the rules make of these numbers, in the order of the list.
    pub(crate) fn into_changes(self, rules: &[Rule]) -> Vec<Change> {
        let witnesses = self.0.into_iter();
        witnesses.map(|(rule, witness)| change(rules, rule, witness)).collect()
    }
}
