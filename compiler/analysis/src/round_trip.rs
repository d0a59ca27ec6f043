//! Application rules and then lookup rules: the numbers that the lookup rules do not restore.

use std::collections::{BTreeSet, HashMap};

use adr_dialer::{Dialer, Scratch};
use adr_engine::Rule;

use crate::domain::Domain;
use crate::normal_form::NormalForm;
use crate::region::{Region, apply_rule};
use crate::segment::{ResultRegion, ResultRegions, Segment, for_each_segment};

/// Numbers that a second list does not restore from the results of a first one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecoverable {
    /// The numbers; `winner` is the rule of the first list, `None` when it leaves them unchanged
    /// and the second list changes them.
    pub region: Region<'static>,
    /// The first of the shortest of them.
    pub witness: Vec<u8>,
    /// The result of the first list for the witness.
    pub result: Vec<u8>,
    /// The result of the second list for that result.
    pub returned: Vec<u8>,
    /// Another number with the same result, so that no second list could restore both; `None` when
    /// none was found.
    pub collides_with: Option<Vec<u8>>,
}

/// Every number that `second` does not restore from the result of `first`, in disjoint regions, the
/// one with the shortest number first. Exact.
///
/// ```
/// use adr_analysis::{Domain, round_trip};
/// use adr_engine::Rule;
///
/// let application = [Rule::from_deployed("", 7, 0, "9")];
/// let lookup = [Rule::from_deployed("9", 8, 1, "")];
/// let lost = round_trip(&application, &lookup, Domain::Digits);
/// // all numbers of seven digits are restored, but those of eight that begin with 9 lose the 9
/// assert!(lost.iter().all(|one| one.region.winner.is_none()));
/// assert_eq!((&lost[0].witness[..], &lost[0].returned[..]), (&b"90000000"[..], &b"0000000"[..]));
/// ```
#[must_use]
pub fn round_trip(first: &[Rule], second: &[Rule], domain: Domain) -> Vec<Unrecoverable> {
    let mut trip = RoundTrip {
        first,
        second,
        domain,
        dialer: Dialer::new(first),
        results: ResultRegions::new(second),
        restorable: HashMap::new(),
        lost: Vec::new(),
        last: HashMap::new(),
    };
    for_each_segment(first, second, domain, |segment| trip.add_segment(segment));
    trip.lost.sort_by(|a, b| Domain::compare(&a.witness, &b.witness));
    trip.lost
}

/// How many other symbols are tried at a position that a rule drops.
const OTHER_SYMBOLS: usize = 13;

struct RoundTrip<'r> {
    first: &'r [Rule],
    second: &'r [Rule],
    domain: Domain,
    /// The first list, compiled.
    dialer: Dialer,
    /// What the second list does to results.
    results: ResultRegions<'r>,
    /// By the beginning and the length of results: the prefixes with which restored numbers may
    /// begin instead. Many rules may have the same results.
    restorable: HashMap<(Vec<u8>, usize), BTreeSet<Vec<u8>>>,
    lost: Vec<Unrecoverable>,
    /// Position in `lost` of the last region with a begins-with and a winner.
    last: HashMap<(Vec<u8>, Option<usize>), usize>,
}

impl<'r> RoundTrip<'r> {
    fn add_segment(&mut self, segment: &Segment<'_, 'r>) {
        let Some(region) = segment.region() else { return };
        let form = segment.normal_form(self.first);
        let text: Vec<u8> = form.text().collect();
        let free = region.lengths.from - region.begins_with.len();
        if form.dropped == 0 {
            self.add_without_drops(&region, &text);
            return;
        }
        // with some digits in the dropped positions a number may be restored, with others it is not
        let length = text.len() + free - form.dropped;
        let end = region.begins_with.len() + form.dropped;
        let restorable = self.restorable(&text, length).range(region.begins_with.to_vec()..);
        let restorable = restorable.take_while(|prefix| prefix.starts_with(&region.begins_with));
        let restorable = restorable.filter(|prefix| prefix.len() == end);
        let restorable: Vec<Vec<u8>> = restorable.cloned().collect();
        for begins_with in &restorable {
            if let Some(part) = region.narrowed(begins_with.clone(), [], self.domain) {
                self.add_without_drops(&part, &text);
            }
        }
        if let Some(rest) = region.narrowed(region.begins_with.to_vec(), restorable, self.domain) {
            self.add_lost(rest);
        }
    }

    /// The prefixes with which restored numbers may begin, where their results begin with `text`.
    fn restorable(&mut self, text: &[u8], length: usize) -> &BTreeSet<Vec<u8>> {
        let (second, results) = (self.second, &mut self.results);
        let known = self.restorable.entry((text.to_vec(), length));
        known.or_insert_with(|| {
            let results = results.below(text, length);
            let prefixes = results.iter().filter_map(|result| {
                let rule = result.winner.map(|rule| &second[rule]);
                let form = NormalForm::of(rule, result.prefix, length);
                let returned: Vec<u8> = form.text().collect();
                let suffix = &result.prefix[text.len()..];
                let end = returned.len().checked_sub(suffix.len() + form.dropped)?;
                returned[end..].starts_with(suffix).then(|| returned[..end].to_vec())
            });
            prefixes.collect()
        })
    }

    /// Adds a region of numbers whose results have `text` in place of the prefix, and all bytes
    /// after it.
    fn add_without_drops(&mut self, region: &Region<'static>, text: &[u8]) {
        let begins_with = &region.begins_with;
        let length = text.len() + region.lengths.from - begins_with.len();
        if !self.restorable(text, length).contains(&**begins_with) {
            self.add_lost(region.clone());
            return;
        }
        let returning = Returning { second: self.second, domain: self.domain, text, length };
        let results = self.results.below(text, length);
        let lost = results.iter().filter_map(|result| returning.lost(region, result));
        let lost: Vec<Region<'static>> = lost.collect();
        lost.into_iter().for_each(|region| self.add_lost(region));
    }

    fn add_lost(&mut self, region: Region<'static>) {
        if self.extends_last(&region) {
            return;
        }
        let Some(witness) = region.first(self.domain) else {
            return;
        };
        let result = apply_rule(region.winner.map(|rule| &self.first[rule]), &witness);
        let returned = self.apply_second(&result);
        let key = (region.begins_with.to_vec(), region.winner);
        self.last.insert(key, self.lost.len());
        let mut lost = Unrecoverable { region, witness, result, returned, collides_with: None };
        lost.collides_with = self.collision(&lost);
        self.lost.push(lost);
    }

    /// Whether a region only continues the last one of its kind at greater lengths; if so, that one
    /// is extended.
    fn extends_last(&mut self, region: &Region<'static>) -> bool {
        let key = (region.begins_with.to_vec(), region.winner);
        let last = self.last.get(&key);
        let last = last.and_then(|last| self.lost.get_mut(*last));
        let Some(Unrecoverable { region: last, .. }) = last else {
            return false;
        };
        let follows = last.lengths.to.map(|to| to + 1) == Some(region.lengths.from);
        let extends = follows && last.except == region.except;
        if extends {
            last.lengths.to = region.lengths.to;
        }
        extends
    }

    /// Applies the second list to a result.
    fn apply_second(&mut self, result: &[u8]) -> Vec<u8> {
        let regions = self.results.below(result, result.len());
        let winner = regions.first().and_then(|region| region.winner);
        apply_rule(winner.map(|rule| &self.second[rule]), result)
    }

    /// Another number with the same result: the returned one, or one with another symbol at the
    /// last position that the rule drops. The latter is always found where that position is free.
    fn collision(&self, lost: &Unrecoverable) -> Option<Vec<u8>> {
        let Unrecoverable { region, witness, result, returned, .. } = lost;
        let mut scratch = Scratch::default();
        let mut collides = |number: &[u8]| {
            number != witness && self.dialer.dial(number, &mut scratch).result == result
        };
        if !returned.is_empty() && self.domain.allows(returned) && collides(returned) {
            return Some(returned.clone());
        }
        let removed = region.winner.map(|rule| self.first[rule].remove());
        let removed = usize::try_from(removed.unwrap_or(0)).unwrap_or(usize::MAX);
        let last = removed.min(witness.len()).saturating_sub(1);
        let positions = [last, region.begins_with.len()].into_iter();
        let candidates = positions.flat_map(|at| {
            let symbols = self.domain.symbols(at).iter().take(OTHER_SYMBOLS);
            symbols.filter_map(move |symbol| {
                let mut number = witness.clone();
                *number.get_mut(at)? = *symbol;
                Some(number)
            })
        });
        let mut colliding = candidates.filter(|number| collides(number));
        colliding.next()
    }
}

/// Results that begin with `text` in place of the prefix of a region.
struct Returning<'r> {
    second: &'r [Rule],
    domain: Domain,
    text: &'r [u8],
    /// Length of the results.
    length: usize,
}

impl Returning<'_> {
    /// The numbers of a region with results in `results` that are not restored.
    fn lost(
        &self,
        region: &Region<'static>,
        results: &ResultRegion<'_>,
    ) -> Option<Region<'static>> {
        let to_number =
            |result: &[u8]| [&region.begins_with[..], &result[self.text.len()..]].concat();
        let begins_with = to_number(results.prefix);
        let rule = results.winner.map(|rule| &self.second[rule]);
        let returned = NormalForm::of(rule, results.prefix, self.length);
        let same = NormalForm::of(None, &begins_with, region.lengths.from);
        if returned.equals(&same) {
            return None;
        }
        let restored = returned.coincidence(&same);
        let restored = restored.map(|coincidence| [&begins_with[..], &coincidence.bytes].concat());
        let holes = results.holes.iter().map(|hole| to_number(hole)).chain(restored);
        let holes: Vec<Vec<u8>> = holes.collect();
        region.narrowed(begins_with, holes, self.domain)
    }
}
