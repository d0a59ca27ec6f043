//! The partition of all numbers by the rule that wins.

use std::borrow::Cow;

use adr_engine::Rule;
use num_bigint::BigUint;

use crate::domain::Domain;
use crate::length_class::Lengths;
use crate::normal_form::Coincidence;
use crate::tree::{NO_RULE, Tree, joined_trees};

/// Numbers of some lengths that begin with one text, but with none of some longer texts. Never
/// empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region<'r> {
    /// The text that all numbers begin with.
    pub begins_with: Cow<'r, [u8]>,
    /// The lengths of the numbers.
    pub lengths: Lengths,
    /// The texts that no number begins with: disjoint extensions of `begins_with`, in the order of
    /// bytes.
    pub except: Vec<Cow<'r, [u8]>>,
    /// The rule that wins, counted from 0; `None` when no rule matches.
    pub winner: Option<usize>,
}

impl Region<'_> {
    /// How many numbers of a domain the region has; `None` when their length is not limited.
    ///
    /// The domain may be smaller than the one that the region was computed for.
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
        if !domain.allows(&self.begins_with) {
            return Some(BigUint::ZERO);
        }
        let to = self.lengths.to?;
        let holes = self.except.iter().filter(|hole| domain.allows(hole));
        let of_length = |length| {
            let holes = holes.clone().map(|hole| domain.count(hole.len(), length));
            domain.count(self.begins_with.len(), length) - holes.sum::<BigUint>()
        };
        Some((self.lengths.from..=to).map(of_length).sum())
    }

    /// The first of the shortest numbers.
    #[must_use]
    pub fn witness(&self, domain: Domain) -> Vec<u8> {
        let first = self.first(domain);
        first.unwrap_or_else(|| padded(&self.begins_with, self.lengths.from))
    }

    /// The same region with its own copies of the texts.
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

    /// Like [`witness`](Self::witness), but `None` when a candidate for a region turns out to be
    /// empty.
    pub(crate) fn first(&self, domain: Domain) -> Option<Vec<u8>> {
        visit_gaps_of(self, &|at| domain.symbols(at), &mut |gap| {
            Some(padded(gap, self.lengths.from))
        })
    }

    /// The region as prefixes without exceptions: its gaps.
    pub(crate) fn gaps(&self, domain: Domain) -> Vec<Vec<u8>> {
        let mut gaps = Vec::new();
        let _: Option<()> = visit_gaps_of(self, &|at| domain.symbols(at), &mut |gap| {
            gaps.push(gap.to_vec());
            None
        });
        gaps
    }
}

/// Every number that a rule wins, in regions.
///
/// Each number of `domain` that some rule matches is in exactly one region, whose `winner` is its
/// rule. Regions without a winner between the others are included; lengths that no rule can match
/// are not. The shortest lengths come first. The regions are computed one by one, so that a million
/// of them need not fit in memory.
///
/// ```
/// use adr_analysis::{Domain, first_match_regions};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("9", 3, 0, "1"), Rule::from_deployed("", 3, 0, "2")];
/// let regions = first_match_regions(&rules, Domain::Digits);
/// // all numbers but those with a leading 9, of which a hundred have a plus in front; then the 9s
/// let counts: Vec<u32> = regions.map(|region| region.count(Domain::Digits).unwrap().try_into().unwrap()).collect();
/// assert_eq!(counts, [1_000, 100]);
/// ```
pub fn first_match_regions(rules: &[Rule], domain: Domain) -> impl Iterator<Item = Region<'_>> {
    joined_trees(&[rules], domain).flat_map(move |(class, tree)| {
        let nodes = 0..tree.nodes.len();
        nodes.filter_map(move |at| residue(&tree, at, class.lengths, tree.nodes[at].best[0]))
    })
}

/// The residue of a node; `None` when it is empty.
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
        winner: (winner != NO_RULE).then_some(winner as usize),
    })
}

/// A text, padded with `0` to a number of `length`.
pub(crate) fn padded(text: &[u8], length: usize) -> Vec<u8> {
    let mut number = text.to_vec();
    number.resize(length.max(text.len()), b'0');
    number
}

/// The result of the winner for a number; without a winner, the number itself.
pub(crate) fn apply_rule(winner: Option<&Rule>, number: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    match winner {
        Some(rule) => rule.rewrite(number, &mut result),
        None => result.extend_from_slice(number),
    }
    result
}

/// The first number of a region that does not have the bytes of a coincidence.
pub(crate) fn first_without(
    region: &Region<'_>,
    coincidence: Option<&Coincidence>,
    domain: Domain,
) -> Option<Vec<u8>> {
    first_of_symbols(region, coincidence, &|at| domain.symbols(at))
}

/// Like [`first_without`], with the symbols that may stand at each position; `0` must be one of
/// them everywhere except at the first.
pub(crate) fn first_of_symbols<'s>(
    region: &Region<'_>,
    coincidence: Option<&Coincidence>,
    symbols: &dyn Fn(usize) -> &'s [u8],
) -> Option<Vec<u8>> {
    let length = region.lengths.from;
    visit_gaps_of(region, symbols, &mut |gap| {
        let mut number = padded(gap, length);
        if let (true, Some(first)) = (gap.is_empty(), symbols(0).first()) {
            number[0] = *first;
        }
        let Some(Coincidence { at, bytes }) = coincidence else {
            return Some(number);
        };
        let window = *at..*at + bytes.len();
        if number.get(window.clone()) != Some(bytes.as_slice()) {
            return Some(number);
        }
        // another symbol at the last free position of the window
        let last = window.rev().find(|position| *position >= gap.len())?;
        let other = symbols(last).iter().find(|symbol| **symbol != number[last])?;
        number[last] = *other;
        Some(number)
    })
}

/// Visits the gaps of a region in the order of witnesses, until `visit` returns something.
fn visit_gaps_of<'s, T>(
    region: &Region<'_>,
    symbols: &dyn Fn(usize) -> &'s [u8],
    visit: &mut impl FnMut(&[u8]) -> Option<T>,
) -> Option<T> {
    let holes: Vec<&[u8]> = region.except.iter().map(AsRef::as_ref).collect();
    visit_gaps(&region.begins_with, &holes, symbols, visit)
}

/// Visits the prefixes of all numbers that begin with a text and with none of `holes`, which are
/// extensions of that text; `symbols` lists what may stand at each position.
pub(crate) fn visit_gaps<'s, T>(
    begins_with: &[u8],
    holes: &[&[u8]],
    symbols: &dyn Fn(usize) -> &'s [u8],
    visit: &mut impl FnMut(&[u8]) -> Option<T>,
) -> Option<T> {
    descend(&mut begins_with.to_vec(), holes, symbols, visit)
}

/// Visits the gaps below `at`, of which all holes are extensions.
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
