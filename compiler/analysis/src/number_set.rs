//! A set of numbers, and those that a list rewrites to a number outside the set.

use std::collections::HashSet;
use std::ops::Range;

use adr_dialer::{Dialer, Scratch};
use adr_engine::{Rule, apply};

/// Up to this many numbers, applying the rules in order takes less time than building a [`Dialer`]
/// or looking at every rule.
const SMALL_SET: usize = 8;

/// Numbers whose results must be in the same set, such as emergency numbers.
///
/// Built once for many lists. A question about a list costs as much as sorting its rules, plus one
/// look-up for each number that one of them can match.
///
/// ```
/// use adr_analysis::NumberSet;
/// use adr_engine::Rule;
///
/// let emergency = NumberSet::new(["911", "9911"]);
/// let rules = [Rule::from_deployed("", 4, 0, "8"), Rule::from_deployed("", 3, 0, "9")];
/// let leaving = emergency.leaving(&rules);
/// assert_eq!((leaving[0].number, leaving[0].rule, &leaving[0].result[..]), (1, 0, &b"89911"[..]));
/// assert_eq!(leaving.len(), 1); // 911 becomes 9911, which is a member
/// ```
#[derive(Clone, Debug)]
pub struct NumberSet<'n> {
    /// All numbers.
    members: HashSet<&'n [u8]>,
    /// Every number once, with its position as given; sorted by length, then by bytes.
    sorted: Vec<(&'n [u8], usize)>,
    /// The range of each length in `sorted`.
    lengths: Vec<(usize, Range<usize>)>,
}

/// A number of a set whose result is outside the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Its position among the numbers given, counted from 0.
    pub number: usize,
    /// The rule that wins, counted from 0. There always is one, because a number without a match
    /// stays unchanged.
    pub rule: usize,
    /// The result.
    pub result: Vec<u8>,
}

impl<'n> NumberSet<'n> {
    /// The set of these numbers; of equal ones the first position counts.
    #[must_use]
    pub fn new<N: AsRef<[u8]> + ?Sized + 'n>(numbers: impl IntoIterator<Item = &'n N>) -> Self {
        let numbers = numbers.into_iter().enumerate();
        let mut sorted: Vec<(&[u8], usize)> =
            numbers.map(|(at, number)| (number.as_ref(), at)).collect();
        sorted.sort_unstable_by(|(a, at), (b, bt)| (a.len(), a, at).cmp(&(b.len(), b, bt)));
        sorted.dedup_by_key(|(number, _)| *number);
        let mut lengths: Vec<(usize, Range<usize>)> = Vec::new();
        for same in sorted.chunk_by(|(a, _), (b, _)| a.len() == b.len()) {
            let start = lengths.last().map_or(0, |(_, range)| range.end);
            lengths.push((same[0].0.len(), start..start + same.len()));
        }
        Self { members: sorted.iter().map(|(number, _)| *number).collect(), sorted, lengths }
    }

    /// Whether a number is one of the set.
    #[must_use]
    pub fn contains(&self, number: &[u8]) -> bool {
        self.members.contains(number)
    }

    /// The numbers whose results are outside the set, in the order given.
    #[must_use]
    pub fn leaving(&self, rules: &[Rule]) -> Vec<Leaving> {
        let mut candidates = match self.sorted.len() {
            0..=SMALL_SET => self.sorted.clone(),
            _ => self.matched(rules),
        };
        candidates.sort_unstable_by_key(|(_, at)| *at);
        let leaving = |(number, at): (&[u8], usize), rule: Option<usize>, result: &[u8]| {
            let rule = rule.filter(|_| result != number && !self.contains(result))?;
            Some(Leaving { number: at, rule, result: result.to_vec() })
        };
        if candidates.len() <= SMALL_SET {
            let tried = candidates.into_iter().filter_map(|candidate| {
                let applied = apply(rules, candidate.0);
                leaving(candidate, applied.rule, &applied.result)
            });
            return tried.collect();
        }
        let (dialer, mut scratch) = (Dialer::new(rules), Scratch::default());
        let dialed = candidates.into_iter().filter_map(|candidate| {
            let dialed = dialer.dial(candidate.0, &mut scratch);
            leaving(candidate, dialed.rule(), dialed.result)
        });
        dialed.collect()
    }

    /// The numbers that some rule matches.
    fn matched(&self, rules: &[Rule]) -> Vec<(&'n [u8], usize)> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for rule in rules {
            let of_length = |length: &usize| rule.length().is_none_or(|only| only == *length);
            for (_, range) in self.lengths.iter().filter(|(length, _)| of_length(length)) {
                let range = self.beginning(rule.begins_with().as_bytes(), range.clone());
                ranges.extend((!range.is_empty()).then_some(range));
            }
        }
        ranges.sort_unstable_by_key(|range| range.start);
        let mut end = 0;
        let mut matched = Vec::new();
        for range in ranges {
            let new = range.start.max(end)..range.end.max(end);
            end = new.end;
            matched.extend_from_slice(&self.sorted[new]);
        }
        matched
    }

    /// The part of a range of equally long numbers that begins with a text.
    fn beginning(&self, text: &[u8], range: Range<usize>) -> Range<usize> {
        let numbers = &self.sorted[range.clone()];
        let start = numbers.partition_point(|(number, _)| *number < text);
        let count = numbers[start..].partition_point(|(number, _)| number.starts_with(text));
        range.start + start..range.start + start + count
    }
}
