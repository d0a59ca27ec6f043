//! The partition of all numbers by the rule that decides.

use std::borrow::Cow;

use adr_engine::Rule;
use num_bigint::BigUint;

use crate::class::Lengths;
use crate::domain::Domain;
use crate::tree::{NONE, Tree, joined_trees};

/// Numbers of some lengths that begin with one text and with none of some longer ones; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region<'r> {
    /// What all of them begin with.
    pub begins_with: Cow<'r, [u8]>,
    /// How long they are.
    pub lengths: Lengths,
    /// What none of them begins with; disjoint extensions of `begins_with`, in the order of bytes.
    pub except: Vec<Cow<'r, [u8]>>,
    /// The rule that decides, counted from 0; `None` where none matches.
    pub winner: Option<usize>,
}

impl Region<'_> {
    /// How many numbers of a domain there are, which may be smaller than the one that the region is
    /// of; `None` when there is no end to their length.
    ///
    /// ```
    /// use adr_analysis::{Domain, first_match_regions};
    /// use adr_engine::Rule;
    ///
    /// let rules = [Rule::from_deployed("555", 7, 0, "9"), Rule::from_deployed("*55", 7, 0, "9")];
    /// let regions = first_match_regions(&rules, Domain::Dialable);
    /// let regions: Vec<_> = regions.filter(|region| region.winner.is_some()).collect();
    /// let counts = |domain| regions.iter().map(|region| region.count(domain).unwrap()).collect::<Vec<_>>();
    /// assert_eq!(counts(Domain::Dialable), [28_561_u32.into(), 28_561_u32.into()]);
    /// assert_eq!(counts(Domain::Digits), [0_u32.into(), 10_000_u32.into()]);
    /// ```
    #[must_use]
    pub fn count(&self, domain: Domain) -> Option<BigUint> {
        if !domain.holds(&self.begins_with) {
            return Some(BigUint::ZERO);
        }
        let to = self.lengths.to?;
        let holes = self.except.iter().filter(|hole| domain.holds(hole));
        let one = |length| {
            let holes = holes.clone().map(|hole| domain.count(hole.len(), length));
            domain.count(self.begins_with.len(), length) - holes.sum::<BigUint>()
        };
        Some((self.lengths.from..=to).map(one).sum())
    }

    /// The shortest number, and of these the first.
    #[must_use]
    pub fn witness(&self, domain: Domain) -> Vec<u8> {
        let found = self.first(domain);
        found.unwrap_or_else(|| filled(&self.begins_with, self.lengths.from))
    }

    /// The same region with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Region<'static> {
        let owned = |text: Cow<'_, [u8]>| Cow::Owned(text.into_owned());
        Region {
            begins_with: owned(self.begins_with),
            lengths: self.lengths,
            except: self.except.into_iter().map(owned).collect(),
            winner: self.winner,
        }
    }

    /// The same, and nothing where a region that is being made turns out to be empty.
    pub(crate) fn first(&self, domain: Domain) -> Option<Vec<u8>> {
        gap(self, &|at| domain.symbols(at), &mut |gap| Some(filled(gap, self.lengths.from)))
    }

    /// The cones that are left when what is excepted is taken away.
    pub(crate) fn gaps(&self, domain: Domain) -> Vec<Vec<u8>> {
        let mut gaps = Vec::new();
        let _: Option<()> = gap(self, &|at| domain.symbols(at), &mut |gap| {
            gaps.push(gap.to_vec());
            None
        });
        gaps
    }
}

/// A number of `length` that begins with a text.
pub(crate) fn filled(text: &[u8], length: usize) -> Vec<u8> {
    let mut number = text.to_vec();
    number.resize(length.max(text.len()), b'0');
    number
}

/// Visits the cones that are left of a region, in the order of witnesses, until `visit` gives
/// something.
fn gap<'s, T>(
    region: &Region<'_>,
    symbols: &dyn Fn(usize) -> &'s [u8],
    visit: &mut impl FnMut(&[u8]) -> Option<T>,
) -> Option<T> {
    let holes: Vec<&[u8]> = region.except.iter().map(AsRef::as_ref).collect();
    gap_of(&region.begins_with, &holes, symbols, visit)
}

/// The same for numbers that begin with a text and with none of `holes`, all of which begin with it
/// and are longer; `symbols` says what may stand where.
pub(crate) fn gap_of<'s, T>(
    begins_with: &[u8],
    holes: &[&[u8]],
    symbols: &dyn Fn(usize) -> &'s [u8],
    visit: &mut impl FnMut(&[u8]) -> Option<T>,
) -> Option<T> {
    descend(&mut begins_with.to_vec(), holes, symbols, visit)
}

/// Holes are longer than `at` and begin with it.
fn descend<'s, T>(
    at: &mut Vec<u8>,
    holes: &[&[u8]],
    symbols: &dyn Fn(usize) -> &'s [u8],
    visit: &mut impl FnMut(&[u8]) -> Option<T>,
) -> Option<T> {
    if holes.is_empty() {
        return visit(at);
    }
    let depth = at.len();
    for symbol in symbols(depth) {
        let below: Vec<&[u8]> =
            holes.iter().copied().filter(|hole| hole[depth] == *symbol).collect();
        if below.iter().any(|hole| hole.len() == depth + 1) {
            continue;
        }
        at.push(*symbol);
        let found = descend(at, &below, symbols, visit);
        at.pop();
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The first number of a region that does not have, from a position on, the bytes of `agreement`.
pub(crate) fn first_outside(
    region: &Region<'_>,
    agreement: Option<&(usize, Vec<u8>)>,
    domain: Domain,
) -> Option<Vec<u8>> {
    first_of(region, agreement, &|at| domain.symbols(at))
}

/// The same where `symbols` says what may stand where; `0` may stand everywhere but in front.
pub(crate) fn first_of<'s>(
    region: &Region<'_>,
    agreement: Option<&(usize, Vec<u8>)>,
    symbols: &dyn Fn(usize) -> &'s [u8],
) -> Option<Vec<u8>> {
    let length = region.lengths.from;
    gap(region, symbols, &mut |gap| {
        let mut number = filled(gap, length);
        if let (true, Some(first)) = (gap.is_empty(), symbols(0).first()) {
            number[0] = *first;
        }
        let Some((at, bytes)) = agreement else {
            return Some(number);
        };
        let window = *at..*at + bytes.len();
        if number.get(window.clone()) != Some(bytes.as_slice()) {
            return Some(number);
        }
        // the last free byte of the window becomes another one
        let last = window.rev().find(|place| *place >= gap.len())?;
        let other = symbols(last).iter().find(|symbol| **symbol != number[last])?;
        number[last] = *other;
        Some(number)
    })
}

/// What the winner makes of a number; no winner leaves it as it is.
pub(crate) fn rewritten(winner: Option<&Rule>, number: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    match winner {
        Some(rule) => rule.rewrite(number, &mut result),
        None => result.extend_from_slice(number),
    }
    result
}

/// What is left of a node when its children are taken away; `None` when nothing is.
pub(crate) fn residue<'r>(
    tree: &Tree<'r>,
    at: usize,
    lengths: Lengths,
    winner: u32,
) -> Option<Region<'r>> {
    (!tree.is_tiled(at)).then(|| Region {
        begins_with: tree.nodes[at].text().into(),
        lengths,
        except: tree.children(at).map(|child| tree.nodes[child].text().into()).collect(),
        winner: (winner != NONE).then_some(winner as usize),
    })
}

/// Every number that a rule decides about, in regions: each number of `domain` that some rule
/// matches lies in exactly one region whose `winner` is its rule. Regions without a winner are
/// given as well where they lie between others; lengths that no rule can match are not. The
/// shortest lengths come first; regions are made one by one, so that a million of them need not be
/// held at once.
///
/// ```
/// use adr_analysis::{Domain, first_match_regions};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("9", 3, 0, "1"), Rule::from_deployed("", 3, 0, "2")];
/// let regions = first_match_regions(&rules, Domain::Digits);
/// // 9 and two more digits; then all others, of which those with a plus in front are a hundred more
/// let counts: Vec<u32> = regions.map(|region| region.count(Domain::Digits).unwrap().try_into().unwrap()).collect();
/// assert_eq!(counts, [1_000, 100]);
/// ```
pub fn first_match_regions(rules: &[Rule], domain: Domain) -> impl Iterator<Item = Region<'_>> {
    joined_trees(&[rules], domain).flat_map(move |(class, tree)| {
        let places = 0..tree.nodes.len();
        places.filter_map(move |at| residue(&tree, at, class.lengths, tree.nodes[at].best[0]))
    })
}
