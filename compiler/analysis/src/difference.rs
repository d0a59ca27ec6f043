//! What two lists make of the same numbers.

use adr_engine::Rule;
use num_bigint::BigUint;

use crate::actions::ActionTable;
use crate::class::Lengths;
use crate::domain::Domain;
use crate::form::{Form, Place};
use crate::region::{Region, first_outside, residue, rewritten};
use crate::tree::{NONE, Tree, trees};

/// Numbers that two lists treat differently, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where they lie; `winner` is the old list's.
    pub region: Region<'static>,
    /// The old list's rule, counted from 0; `None` leaves the number as it is.
    pub old: Option<usize>,
    /// The new list's.
    pub new: Option<usize>,
    /// The shortest number that shows it.
    pub witness: Vec<u8>,
    /// What the old list makes of the witness.
    pub old_result: Vec<u8>,
    /// What the new list makes of it.
    pub new_result: Vec<u8>,
    /// Positions and bytes of the numbers of the region that come out alike all the same.
    agreement: Option<(usize, Vec<u8>)>,
}

impl Difference {
    /// How many numbers of a domain come out otherwise, which may be smaller than the one that was
    /// asked about; `None` when there is no end to their length.
    #[must_use]
    pub fn count(&self, domain: Domain) -> Option<BigUint> {
        let all = self.region.count(domain)?;
        let Some((at, bytes)) = &self.agreement else {
            return Some(all);
        };
        let alike = |prefix: &[u8], length: usize| -> BigUint {
            let window = *at..*at + bytes.len();
            let is_open =
                prefix.iter().enumerate().skip(window.start).zip(bytes).all(|((_, a), b)| a == b);
            let is_dialled = bytes
                .iter()
                .zip(window.clone())
                .all(|(byte, at)| domain.symbols(at).contains(byte));
            if !is_open || !is_dialled || window.end > length || !domain.holds(prefix) {
                return BigUint::ZERO;
            }
            let free = domain.count(prefix.len(), window.start.max(prefix.len()));
            free * domain.count(window.end.max(prefix.len()), length)
        };
        let Lengths { from, to } = self.region.lengths;
        let same: BigUint = (from..=to?)
            .map(|length| {
                let holes = self.region.except.iter().map(|hole| alike(hole, length));
                alike(&self.region.begins_with, length) - holes.sum::<BigUint>()
            })
            .sum();
        Some(all - same)
    }
}

/// Every region in which two lists give different results, the one with the shortest witness first.
///
/// Equal results by other rules are no difference. Exact: a number of `domain` lies in one of the
/// regions, outside of the rare exceptions that [`Difference::count`] leaves out, exactly when the
/// lists make different things of it.
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
        found.extend(
            differing.filter_map(|place| place.told(&tree, class.lengths, (old, new, domain))),
        );
    }
    found.sort_by(|a, b| Domain::order(&a.witness, &b.witness));
    found
}

/// The shortest number of which two lists make different things; `None` proves that there is none.
#[must_use]
pub fn equivalent(old: &[Rule], new: &[Rule], domain: Domain) -> Option<Difference> {
    difference(old, new, domain).into_iter().next()
}

/// What is left of a node at which two lists do different things.
struct Differing {
    at: usize,
    agreement: Option<(usize, Vec<u8>)>,
}

fn at_node(tree: &Tree<'_>, at: usize, actions: &ActionTable<'_>) -> Option<Differing> {
    let node = &tree.nodes[at];
    let [old, new] = [0, 1].map(|list| actions.number(list, node.best[list]));
    if old == new {
        return None;
    }
    let place = Place::of(node.prefix());
    let (old, new) = (
        Form::at(actions.get(old), place, tree.length),
        Form::at(actions.get(new), place, tree.length),
    );
    (!old.equals(&new)).then(|| Differing {
        at,
        agreement: old.agreement(&new).map(|(behind, bytes)| (node.depth() + behind, bytes)),
    })
}

impl Differing {
    fn told(
        self,
        tree: &Tree<'_>,
        lengths: Lengths,
        (old, new, domain): (&[Rule], &[Rule], Domain),
    ) -> Option<Difference> {
        let best = tree.nodes[self.at].best;
        let region = residue(tree, self.at, lengths, best[0])?;
        let witness = first_outside(&region, self.agreement.as_ref(), domain)?;
        let [old_rule, new_rule] = best.map(|rule| (rule != NONE).then_some(rule as usize));
        Some(Difference {
            old_result: rewritten(old_rule.map(|rule| &old[rule]), &witness),
            new_result: rewritten(new_rule.map(|rule| &new[rule]), &witness),
            old: old_rule,
            new: new_rule,
            region: region.into_owned(),
            witness,
            agreement: self.agreement,
        })
    }
}
