//! How many numbers of one length a pattern matches.

use std::collections::BTreeMap;

use num_bigint::BigUint;

use super::pattern::{DialPattern, SYMBOLS};
use super::table::TooManyStates;

/// What a pattern matches, as far as its count depends on it.
#[derive(Clone, Debug)]
pub(crate) enum Counter {
    /// Numbers of one length.
    Fixed { length: usize, count: BigUint },
    /// One element repeats: `count` ways for the `others` symbols, times `base` for each further
    /// symbol, of which there are `least` or more.
    Repeating { count: BigUint, others: usize, base: u32, least: usize },
    /// Several elements repeat, so that the same number can match in several ways.
    Several(DialPattern),
}

impl Counter {
    pub(crate) fn new(pattern: &DialPattern) -> Self {
        let repeating: Vec<_> = pattern.elements.iter().filter(|element| element.repeats).collect();
        let others = pattern.elements.iter().filter(|element| !element.repeats);
        let count = others.map(|element| BigUint::from(element.set.size())).product();
        let others = pattern.elements.len() - repeating.len();
        match repeating[..] {
            [] => Self::Fixed { length: others, count },
            [only] => Self::Repeating {
                count,
                others,
                base: only.set.size(),
                least: usize::from(!only.is_optional),
            },
            _ => Self::Several(pattern.clone()),
        }
    }

    /// How many numbers of a length the pattern matches. `budget` is how many steps are left.
    pub(crate) fn count(
        &self,
        length: usize,
        budget: &mut usize,
    ) -> Result<BigUint, TooManyStates> {
        match self {
            Self::Fixed { length: own, count } if *own == length => Ok(count.clone()),
            Self::Fixed { .. } => Ok(BigUint::ZERO),
            Self::Repeating { count, others, base, least } => {
                let further = length.checked_sub(*others).filter(|further| further >= least);
                let power = |further| BigUint::from(*base).pow(further as u32);
                Ok(further.map_or(BigUint::ZERO, |further| count * power(further)))
            }
            Self::Several(pattern) => count_several(pattern, length, budget),
        }
    }

    /// The logarithm of how many numbers of length 0 there would be, if lengths below those that
    /// match could be counted as well, and the base; `None` unless one element repeats.
    pub(crate) fn line(&self) -> Option<(f64, u32)> {
        let Self::Repeating { count, others, base, .. } = self else { return None };
        let digits = count.to_string();
        // the leading digits give the logarithm as exactly as needed
        let (head, tail) = digits.split_at(digits.len().min(15));
        let count =
            head.parse::<f64>().unwrap_or(1.0).ln() + tail.len() as f64 * std::f64::consts::LN_10;
        Some((count - *others as f64 * f64::from(*base).ln(), *base))
    }
}

/// Counts by sets of positions in the pattern.
fn count_several(
    pattern: &DialPattern,
    length: usize,
    budget: &mut usize,
) -> Result<BigUint, TooManyStates> {
    let elements = &pattern.elements;
    let skip = |mut reached: Vec<bool>| {
        for (at, element) in elements.iter().enumerate() {
            reached[at + 1] |= reached[at] && element.is_optional;
        }
        reached
    };
    let mut first = vec![false; elements.len() + 1];
    first[0] = true;
    let mut counts = BTreeMap::from([(skip(first), BigUint::from(1_u32))]);
    for _ in 0..length {
        let steps = counts.len() * SYMBOLS.len() * elements.len();
        *budget = budget.checked_sub(steps).ok_or(TooManyStates)?;
        let mut next: BTreeMap<Vec<bool>, BigUint> = BTreeMap::new();
        for (reached, count) in counts {
            for symbol in 0..SYMBOLS.len() {
                let mut after = vec![false; reached.len()];
                for (at, element) in elements.iter().enumerate() {
                    let fits = element.set.contains(symbol);
                    after[at + 1] = fits && (reached[at] || element.repeats && reached[at + 1]);
                }
                let after = skip(after);
                if after.contains(&true) {
                    *next.entry(after).or_default() += &count;
                }
            }
        }
        counts = next;
    }
    let matched = counts.into_iter().filter(|(reached, _)| reached.last() == Some(&true));
    Ok(matched.map(|(_, count)| count).sum())
}
