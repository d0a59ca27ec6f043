//! Numbers that two lists treat differently.

use adr_engine::Rule;
use num_bigint::BigUint;

use crate::actions::ActionTable;
use crate::domain::Domain;
use crate::length_class::Lengths;
use crate::normal_form::{Coincidence, NormalForm, Prefix};
use crate::region::{Region, apply_rule, first_without, residue};
use crate::tree::{NO_RULE, Tree, trees};

/// A region of numbers that two lists treat differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The numbers; `winner` is the rule of the old list.
    pub region: Region<'static>,
    /// The rule of the old list, counted from 0; `None` when the number stays unchanged.
    pub old: Option<usize>,
    /// The rule of the new list.
    pub new: Option<usize>,
    /// The shortest number with different results.
    pub witness: Vec<u8>,
    /// The result of the old list for the witness.
    pub old_result: Vec<u8>,
    /// The result of the new list for the witness.
    pub new_result: Vec<u8>,
    /// The bytes of the numbers in the region whose results are equal by coincidence.
    coincidence: Option<Coincidence>,
}

impl Difference {
    /// How many numbers of a domain have different results; `None` when their length is not
    /// limited.
    ///
    /// The domain may be smaller than the one that was asked about.
    #[must_use]
    pub fn count(&self, domain: Domain) -> Option<BigUint> {
        let all = self.region.count(domain)?;
        let Some(Coincidence { at, bytes }) = &self.coincidence else {
            return Some(all);
        };
        let equal = |prefix: &[u8], length: usize| -> BigUint {
            let window = *at..*at + bytes.len();
            let is_possible =
                prefix.iter().enumerate().skip(window.start).zip(bytes).all(|((_, a), b)| a == b);
            let is_in_domain = bytes
                .iter()
                .zip(window.clone())
                .all(|(byte, at)| domain.symbols(at).contains(byte));
            if !is_possible || !is_in_domain || window.end > length || !domain.allows(prefix) {
                return BigUint::ZERO;
            }
            let free = domain.count(prefix.len(), window.start.max(prefix.len()));
            free * domain.count(window.end.max(prefix.len()), length)
        };
        let Lengths { from, to } = self.region.lengths;
        let same: BigUint = (from..=to?)
            .map(|length| {
                let holes = self.region.except.iter().map(|hole| equal(hole, length));
                equal(&self.region.begins_with, length) - holes.sum::<BigUint>()
            })
            .sum();
        Some(all - same)
    }
}

/// Every region in which two lists give different results, the one with the shortest witness first.
///
/// Equal results by different rules do not count as a difference. Exact: the results for a number
/// of `domain` differ exactly when it is in one of the regions, except for rare coincidences, which
/// [`Difference::count`] leaves out.
///
/// ```
/// use adr_analysis::{Domain, difference};
/// use adr_engine::Rule;
///
/// let old = [Rule::from_deployed("", 7, 0, "9")];
/// let new = [Rule::from_deployed("555", 7, 0, "8"), Rule::from_deployed("", 7, 0, "9")];
/// let found = difference(&old, &new, Domain::Digits);
/// assert_eq!(found[0].witness, b"5550000");
/// assert_eq!(found[0].count(Domain::Digits), Some(10_000_u32.into()));
/// ```
#[must_use]
pub fn difference(old: &[Rule], new: &[Rule], domain: Domain) -> Vec<Difference> {
    let actions = ActionTable::new(&[old, new]);
    let mut found = Vec::new();
    for (class, tree) in trees(&[old, new], domain) {
        let differing = (0..tree.nodes.len()).filter_map(|at| at_node(&tree, at, &actions));
        let lists = Lists { old, new };
        found.extend(differing.filter_map(|node| node.difference(&tree, class.lengths, &lists)));
    }
    found.sort_by(|a, b| Domain::compare(&a.witness, &b.witness));
    found
}

/// The difference with the shortest witness; `None` proves that two lists are equivalent.
#[must_use]
pub fn first_difference(old: &[Rule], new: &[Rule], domain: Domain) -> Option<Difference> {
    difference(old, new, domain).into_iter().next()
}

/// Two lists.
struct Lists<'r> {
    old: &'r [Rule],
    new: &'r [Rule],
}

/// A node in whose residue the results of two lists differ.
struct DifferingNode {
    /// Position of the node.
    at: usize,
    coincidence: Option<Coincidence>,
}

fn at_node(tree: &Tree<'_>, at: usize, actions: &ActionTable<'_>) -> Option<DifferingNode> {
    let node = &tree.nodes[at];
    let [old, new] = [0, 1].map(|list| actions.id(list, node.best[list]));
    if old == new {
        return None;
    }
    let prefix = Prefix::of(node.prefix());
    let [old, new] =
        [old, new].map(|action| NormalForm::at(actions.get(action), prefix, tree.length));
    (!old.equals(&new)).then(|| DifferingNode {
        at,
        coincidence: old.coincidence(&new).map(|coincidence| coincidence.shifted(node.depth())),
    })
}

impl DifferingNode {
    fn difference(
        self,
        tree: &Tree<'_>,
        lengths: Lengths,
        lists: &Lists<'_>,
    ) -> Option<Difference> {
        let best = tree.nodes[self.at].best;
        let region = residue(tree, self.at, lengths, best[0])?;
        let witness = first_without(&region, self.coincidence.as_ref(), tree.domain)?;
        let [old_rule, new_rule] = best.map(|rule| (rule != NO_RULE).then_some(rule as usize));
        Some(Difference {
            old_result: apply_rule(old_rule.map(|rule| &lists.old[rule]), &witness),
            new_result: apply_rule(new_rule.map(|rule| &lists.new[rule]), &witness),
            old: old_rule,
            new: new_rule,
            region: region.into_owned(),
            witness,
            coincidence: self.coincidence,
        })
    }
}
