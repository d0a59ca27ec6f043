//! Application rules and then lookup rules: which numbers do not come back.

use std::collections::{BTreeSet, HashMap};

use adr_dialer::{Dialer, Scratch};
use adr_engine::Rule;

use crate::compose::{Cell, Cells, Piece, pieces};
use crate::domain::Domain;
use crate::form::Form;
use crate::region::{Region, rewritten};

/// Numbers that two lists, one after the other, do not bring back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Where they lie; `winner` is the first list's rule, `None` where it leaves them as they are
    /// and the second list changes them.
    pub region: Region<'static>,
    /// The first of them.
    pub witness: Vec<u8>,
    /// What the first list makes of it.
    pub result: Vec<u8>,
    /// What the second list makes of that.
    pub back: Vec<u8>,
    /// Another number of which the first list makes the same, so that no second list could bring
    /// back both; `None` where none was found.
    pub collides: Option<Vec<u8>>,
}

/// Every number `w` for which `second` does not make `w` of what `first` makes of it, in disjoint
/// regions, the one with the shortest number first. Exact.
///
/// ```
/// use adr_analysis::{Domain, round_trip};
/// use adr_engine::Rule;
///
/// let application = [Rule::from_deployed("", 7, 0, "9")];
/// let lookup = [Rule::from_deployed("9", 8, 1, "")];
/// let lost = round_trip(&application, &lookup, Domain::Digits);
/// // all numbers of seven digits come back, but one of eight that begins with 9 loses it
/// assert!(lost.iter().all(|loss| loss.region.winner.is_none()));
/// assert_eq!((&lost[0].witness[..], &lost[0].back[..]), (&b"90000000"[..], &b"0000000"[..]));
/// ```
#[must_use]
pub fn round_trip(first: &[Rule], second: &[Rule], domain: Domain) -> Vec<Loss> {
    let mut trip = Trip {
        first,
        second,
        domain,
        dialer: Dialer::new(first),
        cells: Cells::new(second),
        returning: HashMap::new(),
        lost: Vec::new(),
        last: HashMap::new(),
    };
    pieces((first, second), domain, |piece| trip.piece(piece));
    trip.lost.sort_by(|a, b| Domain::order(&a.witness, &b.witness));
    trip.lost
}

struct Trip<'r> {
    first: &'r [Rule],
    second: &'r [Rule],
    domain: Domain,
    dialer: Dialer,
    cells: Cells<'r>,
    /// By what results begin with and how long they are: what numbers that come back begin with in
    /// its place. Many rules may have the same results.
    returning: HashMap<(Vec<u8>, usize), BTreeSet<Vec<u8>>>,
    lost: Vec<Loss>,
    /// The last loss with a begins-with and a winner.
    last: HashMap<(Vec<u8>, Option<usize>), usize>,
}

impl<'r> Trip<'r> {
    fn piece(&mut self, piece: &Piece<'_, 'r>) {
        let Some(region) = piece.region() else { return };
        let form = piece.form(self.first);
        let text: Vec<u8> = form.text().collect();
        let free = region.lengths.from - region.begins_with.len();
        if form.dropped == 0 {
            self.whole(&region, &text);
            return;
        }
        // with these digits in the dropped place a number may come back, with others it does not
        let length = text.len() + free - form.dropped;
        let end = region.begins_with.len() + form.dropped;
        let returning = self.returning(&text, length).range(region.begins_with.to_vec()..);
        let returning = returning.take_while(|before| before.starts_with(&region.begins_with));
        let returning = returning.filter(|before| before.len() == end);
        let returning: Vec<Vec<u8>> = returning.cloned().collect();
        for begins_with in &returning {
            if let Some(part) = region.narrowed(begins_with.clone(), [], self.domain) {
                self.whole(&part, &text);
            }
        }
        if let Some(rest) = region.narrowed(region.begins_with.to_vec(), returning, self.domain) {
            self.lose(rest);
        }
    }

    /// What numbers that come back may begin with, where their results begin with `text`.
    fn returning(&mut self, text: &[u8], length: usize) -> &BTreeSet<Vec<u8>> {
        let (second, cells) = (self.second, &mut self.cells);
        let known = self.returning.entry((text.to_vec(), length));
        known.or_insert_with(|| {
            let cells = cells.below(text, length);
            let before = cells.iter().filter_map(|cell| {
                let form = Form::of(cell.winner.map(|rule| &second[rule]), cell.prefix, length);
                let back: Vec<u8> = form.text().collect();
                let behind = &cell.prefix[text.len()..];
                let end = back.len().checked_sub(behind.len() + form.dropped)?;
                back[end..].starts_with(behind).then(|| back[..end].to_vec())
            });
            before.collect()
        })
    }

    /// Numbers that come out with `text` in the place of what they begin with, and whole behind it.
    fn whole(&mut self, region: &Region<'static>, text: &[u8]) {
        let begins_with = &region.begins_with;
        let length = text.len() + region.lengths.from - begins_with.len();
        if !self.returning(text, length).contains(&**begins_with) {
            self.lose(region.clone());
            return;
        }
        let (second, domain) = (self.second, self.domain);
        let cells = self.cells.below(text, length);
        let lost = cells.iter();
        let lost =
            lost.filter_map(|cell| lost_in_cell(region, text, cell, (second, length, domain)));
        let lost: Vec<Region<'static>> = lost.collect();
        lost.into_iter().for_each(|region| self.lose(region));
    }

    fn lose(&mut self, region: Region<'static>) {
        if self.goes_on(&region) {
            return;
        }
        let Some(witness) = region.first(self.domain) else {
            return;
        };
        let result = rewritten(region.winner.map(|rule| &self.first[rule]), &witness);
        let back = self.back(&result);
        let collides = self.collision(&region, &witness, &result, &back);
        let beginning = (region.begins_with.to_vec(), region.winner);
        self.last.insert(beginning, self.lost.len());
        self.lost.push(Loss { region, witness, result, back, collides });
    }

    /// Whether the region is one that is lost already, one digit longer; that one is then
    /// lengthened.
    fn goes_on(&mut self, region: &Region<'static>) -> bool {
        let beginning = (region.begins_with.to_vec(), region.winner);
        let last = self.last.get(&beginning);
        let last = last.and_then(|last| self.lost.get_mut(*last));
        let Some(Loss { region: last, .. }) = last else {
            return false;
        };
        let follows = last.lengths.to.map(|to| to + 1) == Some(region.lengths.from);
        let goes_on = follows && last.except == region.except;
        if goes_on {
            last.lengths.to = region.lengths.to;
        }
        goes_on
    }

    /// What the second list makes of a result.
    fn back(&mut self, result: &[u8]) -> Vec<u8> {
        let cells = self.cells.below(result, result.len());
        let winner = cells.first().and_then(|cell| cell.winner);
        rewritten(winner.map(|rule| &self.second[rule]), result)
    }

    /// Another number with the same result: what came back, or one with another digit in a dropped
    /// place. Where the last dropped place is free, one with another digit there is found.
    fn collision(
        &self,
        region: &Region<'static>,
        witness: &[u8],
        result: &[u8],
        back: &[u8],
    ) -> Option<Vec<u8>> {
        let mut scratch = Scratch::default();
        let mut is_other = |number: &[u8]| {
            number != witness && self.dialer.dial(number, &mut scratch).result == result
        };
        if !back.is_empty() && self.domain.holds(back) && is_other(back) {
            return Some(back.to_vec());
        }
        let removed = region.winner.map(|rule| self.first[rule].remove());
        let removed = usize::try_from(removed.unwrap_or(0)).unwrap_or(usize::MAX);
        let last = removed.min(witness.len()).saturating_sub(1);
        let places = [last, region.begins_with.len()].into_iter();
        let beside = places.flat_map(|at| {
            let symbols = self.domain.symbols(at).iter().take(BESIDE);
            symbols.filter_map(move |symbol| {
                let mut number = witness.to_vec();
                *number.get_mut(at)? = *symbol;
                Some(number)
            })
        });
        let mut beside = beside.filter(|number| is_other(number));
        beside.next()
    }
}

/// How many other symbols are tried in a dropped place.
const BESIDE: usize = 13;

/// The numbers of a cell of results that do not come back.
fn lost_in_cell(
    region: &Region<'static>,
    text: &[u8],
    cell: &Cell<'_>,
    (second, length, domain): (&[Rule], usize, Domain),
) -> Option<Region<'static>> {
    let moved = |of_results: &[u8]| [&region.begins_with[..], &of_results[text.len()..]].concat();
    let begins_with = moved(cell.prefix);
    let back = Form::of(cell.winner.map(|rule| &second[rule]), cell.prefix, length);
    let same = Form::of(None, &begins_with, region.lengths.from);
    if back.equals(&same) {
        return None;
    }
    let returning = back.agreement(&same).map(|(_, bytes)| [&begins_with[..], &bytes].concat());
    let holes = cell.holes.iter().map(|hole| moved(hole)).chain(returning);
    let holes: Vec<Vec<u8>> = holes.collect();
    region.narrowed(begins_with, holes, domain)
}
