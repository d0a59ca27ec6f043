//! What can happen to numbers: which are changed, and which results should not be.

use adr_engine::Rule;

use crate::class::{Entry, Lengths, MARK, classes, sort};
use crate::domain::Domain;
use crate::form::Form;
use crate::region::{first_outside, residue, rewritten};
use crate::tree::{NONE, Tree};

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

/// The shortest number that begins with `begins_with`, has one of `lengths`, and is changed by the
/// rules; `None` proves that every such number stays as it is.
///
/// ```
/// use adr_analysis::{Domain, Lengths, changed};
/// use adr_engine::Rule;
///
/// let rules = [Rule::as_client_reads("911", 3, 3, "911"), Rule::as_client_reads("", 3, 0, "9")];
/// let three = Lengths { from: 3, to: Some(3) };
/// assert_eq!(changed(&rules, b"911", three, Domain::Dialable), None);
/// assert_eq!(changed(&rules, b"9", three, Domain::Dialable).unwrap().witness, b"900");
/// ```
#[must_use]
pub fn changed(
    rules: &[Rule],
    begins_with: &[u8],
    lengths: Lengths,
    domain: Domain,
) -> Option<Change> {
    for mut class in classes(&[rules], domain) {
        // of a run of lengths the shortest that is asked about
        let from = class.lengths.from.max(lengths.from).max(begins_with.len());
        let is_asked = [class.lengths.to, lengths.to]
            .into_iter()
            .flatten()
            .all(|to| from <= to);
        if !is_asked {
            continue;
        }
        class.lengths.from = from;
        class.entries.push(Entry::new(begins_with, MARK, 0));
        sort(&mut class.entries);
        let tree = Tree::build(&class.entries, class.lengths.from, domain);
        let places =
            (0..tree.nodes.len()).filter(|at| tree.nodes[*at].prefix().starts_with(begins_with));
        let changes = places.filter_map(|at| {
            let node = &tree.nodes[at];
            let rule = rules
                .get(node.best[0] as usize)
                .filter(|_| node.best[0] != NONE)?;
            let form = Form::of(Some(rule), node.prefix(), tree.length);
            let identity = Form::of(None, node.prefix(), tree.length);
            if form.equals(&identity) {
                return None;
            }
            let region = residue(&tree, at, class.lengths, node.best[0])?;
            let agreement = form.agreement(&identity);
            let agreement = agreement.map(|(behind, bytes)| (node.depth() + behind, bytes));
            let witness = first_outside(&region, agreement.as_ref(), domain)?;
            Some(change(rules, node.best[0] as usize, witness))
        });
        if let Some(first) = changes.min_by(|a, b| Domain::order(&a.witness, &b.witness)) {
            return Some(first);
        }
    }
    None
}

fn change(rules: &[Rule], rule: usize, witness: Vec<u8>) -> Change {
    Change {
        rule,
        result: rewritten(rules.get(rule), &witness),
        witness,
    }
}

/// What can be wrong with results, once for each rule and kind, with the shortest number that shows it.
///
/// A rule for every length is not blamed for the number that is its begins-with and nothing more: what it
/// makes of longer ones is what it is for.
#[must_use]
pub fn results(rules: &[Rule], domain: Domain) -> Vec<(Kind, Change)> {
    let mut found: Vec<(Kind, Change)> = Vec::new();
    for class in classes(&[rules], domain) {
        let tree = Tree::build(&class.entries, class.lengths.from, domain);
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
            let kind = match (is_gone, rule.prefix().is_empty(), free) {
                (true, true, _) => Kind::Empty,
                (true, false, 1..) => Kind::Erased,
                _ => continue,
            };
            if let Some(region) = residue(&tree, at, class.lengths, winner) {
                found.push((kind, change(rules, winner as usize, region.witness(domain))));
            }
        }
    }
    found.sort_by(|(_, a), (_, b)| Domain::order(&a.witness, &b.witness));
    let mut seen = std::collections::HashSet::new();
    found.retain(|(kind, change)| seen.insert((*kind, change.rule)));
    found
}
