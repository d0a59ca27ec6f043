//! The content of a coverage picture: written rules, and the lengths that they divide among
//! themselves.

use adr_analysis::{Coverage, Domain, Lengths, Region, first_match_regions, longest_covered};
use num_bigint::BigUint;

use super::grid::weight;
use crate::domain::every;
use crate::lists::Rules;

/// The coverage of a list.
pub struct CoverageMap {
    pub(super) title: String,
    pub(super) domain: Domain,
    pub(super) rules: Vec<WrittenRule>,
    /// Lengths that some rule matches, the shortest first.
    pub(super) rows: Vec<Row>,
    /// The numbers that are counted, in words: "every number that can be dialed".
    pub(super) every: String,
    /// The greatest length that is counted; `None` if every length is counted.
    pub(super) longest: Option<usize>,
    /// Whether clients use these rules.
    pub(super) is_valid: bool,
}

/// A rule as written; it may compile to many file rules.
pub(super) struct WrittenRule {
    pub(super) name: String,
    pub(super) place: String,
    /// Its lengths without duplicates, ascending; empty if it matches any length.
    pub(super) digits: Vec<usize>,
    /// The fraction that it gets of all numbers of a length, summed over lengths.
    weight: f64,
    /// Whether it gets any number.
    wins: bool,
    /// How many numbers it gets; `None` if infinitely many.
    pub(super) numbers: Option<BigUint>,
    /// How many numbers it matches; `None` if infinitely many.
    pub(super) matches: Option<BigUint>,
}

/// Lengths that the rules divide in the same way.
pub(super) struct Row {
    pub(super) lengths: Lengths,
    /// The regions of these lengths; their winners are indices of written rules.
    pub(super) regions: Vec<Region<'static>>,
    /// The numbers that some rule gets; `None` if infinitely many.
    pub(super) touched: Option<Coverage>,
}

impl CoverageMap {
    /// Counts the numbers of a domain by the rules that decide them.
    #[must_use]
    pub fn of(rules: &Rules, domain: Domain, title: String) -> Self {
        let (mut written, of_rule) = written(rules, domain);
        let mut rows: Vec<Row> = Vec::new();
        let regions = first_match_regions(rules.rules(), domain);
        let regions: Vec<_> = regions.map(Region::into_owned).collect();
        for same in regions.chunk_by(|a, b| a.lengths == b.lengths) {
            for region in same {
                if let Some(at) = region.winner {
                    written[of_rule[at]].get(region, domain);
                }
            }
            let row = Row::of(same, &of_rule, domain);
            match rows.last_mut().filter(|last| last.is_followed_by(&row)) {
                Some(last) => last.append(&row),
                None => rows.push(row),
            }
        }
        Self {
            title,
            domain,
            rules: written,
            rows,
            every: every(domain, &[rules.rules()]),
            longest: longest_covered(&[rules.rules()]),
            is_valid: rules.is_valid(),
        }
    }

    /// The `most` rules that get the most numbers, numbered in the order of the list; `None` for
    /// all other rules.
    pub(super) fn chosen(&self, most: usize) -> Vec<Option<usize>> {
        let mut heaviest: Vec<usize> =
            (0..self.rules.len()).filter(|at| self.rules[*at].weight > 0.0).collect();
        heaviest.sort_by(|a, b| self.rules[*b].weight.total_cmp(&self.rules[*a].weight));
        heaviest.truncate(most);
        heaviest.sort_unstable();
        let mut chosen = vec![None; self.rules.len()];
        for (number, at) in heaviest.into_iter().enumerate() {
            chosen[at] = Some(number);
        }
        chosen
    }
}

/// The fraction of all numbers of a length that a region has.
fn part(region: &Region<'_>, domain: Domain) -> f64 {
    let holes = region.except.iter().map(|hole| weight(domain, hole.len()));
    weight(domain, region.begins_with.len()) - holes.sum::<f64>()
}

/// The written rules, and for each file rule the index of its written rule.
fn written(rules: &Rules, domain: Domain) -> (Vec<WrittenRule>, Vec<usize>) {
    let mut written: Vec<WrittenRule> = Vec::new();
    let mut of_rule = Vec::with_capacity(rules.rules().len());
    for (at, rule) in rules.rules().iter().enumerate() {
        let (name, place) = (rules.name(at), rules.place(at));
        let is_same = |last: &WrittenRule| last.name == name && last.place == place;
        if !written.last().is_some_and(is_same) {
            written.push(WrittenRule {
                name,
                place,
                digits: Vec::new(),
                weight: 0.0,
                wins: false,
                numbers: Some(BigUint::ZERO),
                matches: Some(BigUint::ZERO),
            });
        }
        of_rule.push(written.len() - 1);
        let Some(last) = written.last_mut() else {
            continue;
        };
        match (rule.length(), &mut last.matches) {
            (Some(length), Some(matches)) => {
                last.digits.push(length);
                *matches += Coverage::full(rule, domain).matched;
            }
            _ => last.matches = None,
        }
    }
    for written in &mut written {
        written.digits.sort_unstable();
        written.digits.dedup();
        if written.matches.is_none() {
            written.digits.clear();
        }
    }
    (written, of_rule)
}

impl Row {
    fn of(regions: &[Region<'static>], of_rule: &[usize], domain: Domain) -> Self {
        let lengths = regions.first().map_or(Lengths { from: 0, to: None }, |first| first.lengths);
        let mut regions = regions.to_vec();
        for region in &mut regions {
            region.winner = region.winner.map(|at| of_rule[at]);
        }
        // the shorter beginnings first, so that the picture draws the longer ones on top
        regions.sort_by(|a, b| {
            let lengths = a.begins_with.len().cmp(&b.begins_with.len());
            lengths.then_with(|| a.begins_with.cmp(&b.begins_with))
        });
        let touched = lengths.to.map(|to| Coverage {
            won: regions
                .iter()
                .filter(|region| region.winner.is_some())
                .filter_map(|region| region.count(domain))
                .sum(),
            matched: (lengths.from..=to).map(|length| domain.count(0, length)).sum::<BigUint>(),
        });
        Self { lengths, regions, touched }
    }

    /// Whether `next` is divided in the same way and has the next length.
    fn is_followed_by(&self, next: &Self) -> bool {
        let same = |(a, b): (&Region<'_>, &Region<'_>)| {
            (&a.begins_with, &a.except, a.winner) == (&b.begins_with, &b.except, b.winner)
        };
        self.lengths.to.map(|to| to + 1) == Some(next.lengths.from)
            && self.regions.len() == next.regions.len()
            && self.regions.iter().zip(&next.regions).all(same)
    }

    fn append(&mut self, next: &Self) {
        self.lengths.to = next.lengths.to;
        match (&mut self.touched, &next.touched) {
            (Some(touched), Some(more)) => *touched += more,
            (touched, _) => *touched = None,
        }
        for region in &mut self.regions {
            region.lengths = self.lengths;
        }
    }

    /// The fraction of numbers that rules get: a percentage, or "all" or "some" if there are
    /// infinitely many numbers.
    pub(super) fn touched(&self) -> String {
        match &self.touched {
            Some(share) => share.to_string(),
            None if self.regions.iter().all(|region| region.winner.is_some()) => "all".to_owned(),
            None => "some".to_owned(),
        }
    }

    /// "7", "9-16", "17+".
    pub(super) fn digits(&self) -> String {
        let Lengths { from, to } = self.lengths;
        match to {
            Some(to) if to == from => from.to_string(),
            Some(to) => format!("{from}-{to}"),
            None => format!("{from}+"),
        }
    }
}

impl WrittenRule {
    /// Adds the numbers of a region that the rule gets.
    fn get(&mut self, region: &Region<'_>, domain: Domain) {
        self.wins = true;
        self.weight += part(region, domain);
        self.numbers = match (self.numbers.take(), region.count(domain)) {
            (Some(numbers), Some(more)) => Some(numbers + more),
            _ => None,
        };
    }

    /// Whether it gets any number.
    pub(super) fn wins(&self) -> bool {
        self.wins
    }

    /// The numbers that it gets of those that it matches; `None` if infinitely many.
    pub(super) fn share(&self) -> Option<Coverage> {
        Some(Coverage { won: self.numbers.clone()?, matched: self.matches.clone()? })
    }

    /// The same in words.
    pub(super) fn part(&self) -> String {
        match self.share() {
            Some(share) => share.to_string(),
            None if self.wins => "some".to_owned(),
            None => "0 %".to_owned(),
        }
    }

    /// "3, 7, 9-16", "any".
    pub(super) fn lengths(&self) -> String {
        if self.matches.is_none() {
            return "any".to_owned();
        }
        let runs = self.digits.chunk_by(|a, b| a + 1 == *b);
        let words = runs.map(|run| match run {
            [first, .., last] => format!("{first}-{last}"),
            _ => run.first().map(usize::to_string).unwrap_or_default(),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}
