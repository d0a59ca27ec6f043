//! A set of numbers, and which of them a list leads out of it.

use std::collections::HashSet;
use std::ops::Range;

use adr_dialer::{Dialer, Scratch};
use adr_engine::{Rule, apply};

/// Up to so many numbers it takes less time to try each on the rules in order than to look at every
/// rule, or to build a [`Dialer`] of them.
const FEW: usize = 8;

/// Numbers that must stay among themselves, such as those of emergency services.
///
/// Built once and asked about many lists: a list costs as much as sorting its rules, and one dial
/// for each number that one of them can match.
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
    members: HashSet<&'n [u8]>,
    /// Every number once, with its position as given; by length, then by bytes.
    sorted: Vec<(&'n [u8], usize)>,
    /// Where the numbers of each length lie in `sorted`.
    lengths: Vec<(usize, Range<usize>)>,
}

/// A number of a set that does not go out as one of the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Its position among the numbers given, counted from 0.
    pub number: usize,
    /// The rule that decides, counted from 0. There always is one, for a number that no rule
    /// matches stays what it is.
    pub rule: usize,
    /// What it goes out as.
    pub result: Vec<u8>,
}

impl<'n> NumberSet<'n> {
    /// Takes numbers; of equal ones the first position counts.
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

    /// The numbers that do not go out as one of the set, in the order given.
    #[must_use]
    pub fn leaving(&self, rules: &[Rule]) -> Vec<Leaving> {
        let mut candidates = match self.sorted.len() {
            0..=FEW => self.sorted.clone(),
            _ => self.matched(rules),
        };
        candidates.sort_unstable_by_key(|(_, at)| *at);
        let leaving = |(number, at): (&[u8], usize), rule: Option<usize>, result: &[u8]| {
            let rule = rule.filter(|_| result != number && !self.contains(result))?;
            Some(Leaving { number: at, rule, result: result.to_vec() })
        };
        if candidates.len() <= FEW {
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

    /// Numbers that some rule matches.
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

    /// Those of a range of numbers of one length that begin with a text.
    fn beginning(&self, text: &[u8], range: Range<usize>) -> Range<usize> {
        let numbers = &self.sorted[range.clone()];
        let start = numbers.partition_point(|(number, _)| *number < text);
        let many = numbers[start..].partition_point(|(number, _)| number.starts_with(text));
        range.start + start..range.start + start + many
    }
}
