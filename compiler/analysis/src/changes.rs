//! Numbers that rules change, and results that are probably mistakes.

use std::collections::BTreeMap;

use adr_engine::Rule;

use crate::domain::Domain;
use crate::length_class::{Lengths, PROBE, PrefixEntry, length_classes, sort};
use crate::normal_form::NormalForm;
use crate::region::{apply_rule, first_without, residue};
use crate::tree::{NO_RULE, Tree, trees};

/// A number that a rule changes, with its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The rule that wins, counted from 0.
    pub rule: usize,
    /// The shortest number of its kind.
    pub witness: Vec<u8>,
    /// The result for that number.
    pub result: Vec<u8>,
}

/// What is wrong with a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultProblem {
    /// The result is empty.
    Empty,
    /// The result of several numbers is the prefix of the rule, without any digit of theirs.
    PrefixOnly,
}

impl ResultProblem {
    const ALL: [Self; 2] = [Self::Empty, Self::PrefixOnly];
}

/// The shortest number that the rules change, among numbers that consist of `begins_with` and
/// digits after it and have one of `lengths`.
///
/// `None` proves that every such number stays unchanged, up to the length that
/// [`longest_covered`](crate::longest_covered()) returns.
///
/// ```
/// use adr_analysis::{Lengths, first_change};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("911", 3, 3, "911"), Rule::from_deployed("", 3, 0, "9")];
/// let three = Lengths { from: 3, to: Some(3) };
/// assert_eq!(first_change(&rules, b"911", three), None);
/// assert_eq!(first_change(&rules, b"9", three).unwrap().witness, b"900");
/// // what follows `begins_with` is a digit, not a plus or a star
/// let plus = [Rule::from_deployed("+", 3, 0, "9")];
/// assert_eq!(first_change(&plus, b"", three), None);
/// ```
#[must_use]
pub fn first_change(rules: &[Rule], begins_with: &[u8], lengths: Lengths) -> Option<Change> {
    // a node for each first digit keeps the numbers with other first symbols apart
    let starts: Vec<Vec<u8>> = match begins_with {
        [] => (b'0'..=b'9').map(|digit| vec![digit]).collect(),
        text => vec![text.to_vec()],
    };
    let shortest = lengths.from.max(starts[0].len());
    for class in length_classes(&[rules], Domain::Anything) {
        // the shortest length of the class that is asked about
        let from = class.lengths.from.max(shortest);
        let is_asked = [class.lengths.to, lengths.to].into_iter().flatten().all(|to| from <= to);
        if !is_asked {
            continue;
        }
        let lengths = Lengths { from, ..class.lengths };
        let mut entries = class.entries.to_vec();
        entries.extend(starts.iter().map(|start| PrefixEntry::new(start, PROBE, 0)));
        sort(&mut entries);
        let tree = Tree::build(&entries, from, Domain::Anything);
        let is_of_pattern = |at: &usize| {
            let prefix = tree.nodes[*at].prefix();
            let further = prefix.strip_prefix(begins_with);
            !prefix.is_empty() && further.is_some_and(|text| text.iter().all(u8::is_ascii_digit))
        };
        let nodes = (0..tree.nodes.len()).filter(is_of_pattern);
        let changes = nodes.filter_map(|at| change_at(rules, &tree, at, lengths));
        if let Some(first) = changes.min_by(|a, b| Domain::compare(&a.witness, &b.witness)) {
            return Some(first);
        }
    }
    None
}

/// The first number in the residue of a node that continues with digits and is changed.
fn change_at(rules: &[Rule], tree: &Tree<'_>, at: usize, lengths: Lengths) -> Option<Change> {
    let node = &tree.nodes[at];
    let winner = node.best[0];
    let rule = rules.get(winner as usize).filter(|_| winner != NO_RULE)?;
    let form = NormalForm::of(Some(rule), node.prefix(), tree.length);
    let identity = NormalForm::of(None, node.prefix(), tree.length);
    if form.equals(&identity) {
        return None;
    }
    let region = residue(tree, at, lengths, winner)?;
    let coincidence = form.coincidence(&identity);
    let coincidence = coincidence.map(|coincidence| coincidence.shifted(node.depth()));
    // after the first position, this domain has the ten digits only
    let witness = first_without(&region, coincidence.as_ref(), Domain::Digits)?;
    Some(change(rules, winner as usize, witness))
}

fn change(rules: &[Rule], rule: usize, witness: Vec<u8>) -> Change {
    Change { rule, result: apply_rule(rules.get(rule), &witness), witness }
}

/// Results that are probably mistakes: each problem at most once per rule, with the shortest number
/// that has it.
///
/// For a rule for any length, the number that equals its begins-with is not considered, because the
/// rule is meant for longer ones.
#[must_use]
pub fn result_problems(rules: &[Rule], domain: Domain) -> Vec<(ResultProblem, Change)> {
    let mut found = ResultProblem::ALL.map(|kind| (kind, ShortestWitnesses::default()));
    for (class, tree) in trees(&[rules], domain) {
        add_problems(rules, &tree, class.lengths, &mut found);
        // look at longer numbers for rules whose begins-with is a whole number of this length
        let Lengths { from, to } = class.lengths;
        let is_bare = |entry: &PrefixEntry<'_>| {
            let rule = &rules[entry.rule() as usize];
            rule.length().is_none() && rule.begins_with().len() == from
        };
        if to != Some(from) && class.entries.iter().any(is_bare) {
            let length = from + 1;
            let lengths = Lengths { from: length, to };
            add_problems(rules, &tree.at(length), lengths, &mut found);
        }
    }
    let of_kind = |(kind, found): (ResultProblem, ShortestWitnesses)| {
        let changes = found.into_changes(rules).into_iter();
        changes.map(move |change| (kind, change))
    };
    let mut found: Vec<(ResultProblem, Change)> = found.into_iter().flat_map(of_kind).collect();
    found.sort_by(|(_, a), (_, b)| Domain::compare(&a.witness, &b.witness));
    found
}

/// Adds the problems of one tree, at its length.
fn add_problems(
    rules: &[Rule],
    tree: &Tree<'_>,
    lengths: Lengths,
    found: &mut [(ResultProblem, ShortestWitnesses); ResultProblem::ALL.len()],
) {
    for at in 0..tree.nodes.len() {
        let node = &tree.nodes[at];
        let winner = node.best[0];
        let Some(rule) = rules.get(winner as usize).filter(|_| winner != NO_RULE) else {
            continue;
        };
        if rule.length().is_none() && tree.length == rule.begins_with().len() {
            continue;
        }
        let form = NormalForm::of(Some(rule), node.prefix(), tree.length);
        let free = tree.length - node.depth();
        let is_gone = form.dropped == free && form.text_length() == rule.prefix().len();
        let problem = match (is_gone, rule.prefix().is_empty(), free) {
            (true, true, _) => ResultProblem::Empty,
            (true, false, 1..) => ResultProblem::PrefixOnly,
            _ => continue,
        };
        let found = found.iter_mut().find(|(kind, _)| *kind == problem);
        let Some((_, found)) =
            found.filter(|(_, found)| !found.has_shorter(winner as usize, tree.length))
        else {
            continue;
        };
        if let Some(region) = residue(tree, at, lengths, winner) {
            found.offer(winner as usize, region.witness(tree.domain));
        }
    }
}

/// For each rule the shortest of the numbers that were offered.
#[derive(Default)]
pub(crate) struct ShortestWitnesses(BTreeMap<usize, Vec<u8>>);

impl ShortestWitnesses {
    /// Whether the known number of a rule is shorter than `length`.
    pub(crate) fn has_shorter(&self, rule: usize, length: usize) -> bool {
        self.0.get(&rule).is_some_and(|known| known.len() < length)
    }

    /// Keeps `witness` for a rule unless the known one comes before it.
    pub(crate) fn offer(&mut self, rule: usize, witness: Vec<u8>) {
        let known = self.0.get(&rule);
        if known.is_none_or(|known| Domain::compare(&witness, known).is_lt()) {
            self.0.insert(rule, witness);
        }
    }

    /// The numbers with their results, in the order of the list.
    pub(crate) fn into_changes(self, rules: &[Rule]) -> Vec<Change> {
        let witnesses = self.0.into_iter();
        witnesses.map(|(rule, witness)| change(rules, rule, witness)).collect()
    }
}
