//! Divides a row of the picture by the first two characters of its numbers.

use std::collections::{BTreeMap, HashSet};

use adr_analysis::Domain;

use super::map::Row;

/// Places per column: one for each second character that is a digit. A cell of the picture shows
/// one place, or several merged ones.
pub(super) const PLACES: usize = 10;

/// The rule that is shown in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Holder {
    /// The written rule that gets the most numbers of the cell.
    pub(super) rule: usize,
    /// Whether it gets at least half of the numbers of the cell.
    pub(super) is_most: bool,
}

/// The share of each rule in the numbers of a place, and the weight of all of its numbers.
#[derive(Clone, Debug, Default)]
struct Place {
    rules: BTreeMap<usize, f64>,
    whole: f64,
}

/// The first characters that have a column.
pub(super) fn columns(domain: Domain) -> &'static [u8] {
    let symbols = domain.symbols(0);
    &symbols[..symbols.len().min(13)]
}

/// For each column its cells, as many as `parts` returns; `None` if no rule gets a number of the
/// cell.
///
/// A rule that does not get most of any cell is shown in the cell where its share is largest, so
/// that every rule of a row is visible.
pub(super) fn cells(
    row: &Row,
    domain: Domain,
    parts: impl Fn(u8) -> usize,
) -> Vec<Vec<Option<Holder>>> {
    let places = places(row, domain);
    let columns = columns(domain).iter().zip(&places);
    let merged: Vec<Vec<Place>> = columns
        .map(|(first, places)| {
            places.chunks(PLACES.div_ceil(parts(*first))).map(Place::merged).collect()
        })
        .collect();
    let seen: HashSet<usize> = merged
        .iter()
        .flatten()
        .filter_map(|place| place.holder(|_| true))
        .filter(|holder| holder.is_most)
        .map(|holder| holder.rule)
        .collect();
    let cell = |place: &Place| {
        let hidden = place.holder(|rule| !seen.contains(&rule));
        hidden.or_else(|| place.holder(|_| true))
    };
    merged.iter().map(|places| places.iter().map(cell).collect()).collect()
}

impl Place {
    fn merged(places: &[Self]) -> Self {
        let mut merged = Self::default();
        for place in places {
            merged.whole += place.whole;
            for (rule, weight) in &place.rules {
                merged.add(*rule, *weight);
            }
        }
        merged
    }

    fn add(&mut self, rule: usize, weight: f64) {
        *self.rules.entry(rule).or_default() += weight;
    }

    /// The rule with the largest share among those that `is_asked` selects; the first of equal
    /// ones.
    fn holder(&self, is_asked: impl Fn(usize) -> bool) -> Option<Holder> {
        let rules = self.rules.iter().map(|(rule, weight)| (*rule, *weight));
        let rules = rules.filter(|(rule, _)| is_asked(*rule));
        let most = rules.max_by(|(a, some), (b, more)| {
            let is_level = (some - more).abs() < self.whole * 1e-9;
            if is_level { b.cmp(a) } else { some.total_cmp(more) }
        });
        most.map(|(rule, weight)| Holder { rule, is_most: weight * 2.0 >= self.whole * 0.999_999 })
    }
}

/// The fraction of all numbers that begin with a given text of `depth` characters.
pub(super) fn weight(domain: Domain, depth: usize) -> f64 {
    let first = domain.symbols(0).len() as f64;
    let later = domain.symbols(1).len() as f64;
    match depth {
        0 => 1.0,
        _ => 1.0 / first / later.powf(depth as f64 - 1.0),
    }
}

fn places(row: &Row, domain: Domain) -> Vec<Vec<Place>> {
    let columns = columns(domain);
    let whole = match row.lengths.from {
        1 => weight(domain, 1) / PLACES as f64,
        _ => weight(domain, 2),
    };
    let empty = Place { rules: BTreeMap::new(), whole };
    let mut places = vec![vec![empty; PLACES]; columns.len()];
    for region in &row.regions {
        let Some(rule) = region.winner else { continue };
        add(&mut places, (&region.begins_with, rule, 1.0), domain);
        for hole in &region.except {
            add(&mut places, (hole, rule, -1.0), domain);
        }
    }
    for place in places.iter_mut().flatten() {
        // after subtracting holes, a share this small is a rounding error
        place.rules.retain(|_, weight| *weight > whole * 1e-13);
    }
    places
}

/// Adds the numbers that begin with `text` to the share of a rule in each place where they lie.
fn add(places: &mut [Vec<Place>], (text, rule, sign): (&[u8], usize, f64), domain: Domain) {
    let columns = columns(domain).iter().zip(places);
    let hit = columns.filter(|(first, _)| text.first().is_none_or(|given| given == *first));
    for (_, places) in hit {
        let hit = (b'0'..).zip(places);
        let hit = hit.filter(|(second, _)| text.get(1).is_none_or(|given| given == second));
        for (_, place) in hit {
            let whole = place.whole;
            let more = match text.len() {
                0 | 1 => whole,
                depth => weight(domain, depth),
            };
            place.add(rule, sign * more);
        }
    }
}
