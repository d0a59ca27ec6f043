//! How many of the numbers that a rule matches it wins.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use adr_engine::Rule;
use num_bigint::BigUint;

use crate::domain::Domain;
use crate::length_class::MAX_LENGTH;
use crate::tree::{NO_RULE, trees};

/// How many numbers were won, of how many.
///
/// Displayed as a percentage with at most one decimal, which is 0 or 100 only when that is exact.
///
/// ```
/// use adr_analysis::Coverage;
///
/// let text = |won: u32, matched: u32| {
///     Coverage { won: won.into(), matched: matched.into() }.to_string()
/// };
/// assert_eq!(text(1, 3), "33.3 %");
/// assert_eq!([text(9, 10), text(0, 7), text(7, 7)], ["90 %", "0 %", "100 %"]);
/// assert_eq!(text(1, 10_000), "less than 0.1 %");
/// assert_eq!(text(9_999, 10_000), "more than 99.9 %");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Numbers that were won.
    pub won: BigUint,
    /// Numbers that were matched; at least [`won`](Self::won).
    pub matched: BigUint,
}

impl Coverage {
    /// The coverage of a rule that wins every number that it matches in a domain. Both counts are 0
    /// for a rule for any length.
    #[must_use]
    pub fn full(rule: &Rule, domain: Domain) -> Self {
        let prefix = rule.begins_with().as_bytes();
        let length = rule
            .length()
            .filter(|length| (prefix.len()..=MAX_LENGTH).contains(length) && domain.allows(prefix));
        let matched = length.map_or(BigUint::ZERO, |length| domain.count(prefix.len(), length));
        Self { won: matched.clone(), matched }
    }

    /// Tenths of a percent, rounded down, 0 to 1000; 1000 when nothing is matched.
    #[must_use]
    pub fn permille(&self) -> u16 {
        if self.matched == BigUint::ZERO {
            return 1_000;
        }
        u16::try_from(&self.won * 1_000_u16 / &self.matched).unwrap_or(1_000)
    }
}

/// How many numbers each rule wins, of those that it matches; `None` for a rule for any length.
///
/// ```
/// use adr_analysis::{Domain, coverage};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("1", 3, 0, "8"), Rule::from_deployed("", 3, 0, "9")];
/// let coverage = coverage(&rules, Domain::Dialable);
/// assert_eq!(coverage[1].as_ref().unwrap().won, 2_028_u32.into()); // all but a thirteenth
/// ```
#[must_use]
pub fn coverage(rules: &[Rule], domain: Domain) -> Vec<Option<Coverage>> {
    // counts that fit in a word, and those that do not; a rule for one length is in one class only
    let mut small = vec![0; rules.len()];
    let mut large: BTreeMap<u32, BigUint> = BTreeMap::new();
    for (class, tree) in trees(&[rules], domain) {
        let length = class.lengths.from;
        if class.lengths.to != Some(length) {
            continue;
        }
        let won = |at: &usize| tree.nodes[*at].best[0] != NO_RULE;
        let is_small = domain.small_count(0, length).is_some();
        let size = |depth| domain.small_count(depth, length).unwrap_or(0);
        let sizes: Vec<u128> = (0..=length).map(size).collect();
        for at in (0..tree.nodes.len()).filter(won) {
            let winner = tree.nodes[at].best[0];
            if is_small {
                let children = tree.children(at).map(|child| sizes[tree.nodes[child].depth()]);
                small[winner as usize] += sizes[tree.nodes[at].depth()] - children.sum::<u128>();
            } else {
                let count = |at: usize| domain.count(tree.nodes[at].depth(), length);
                let children: BigUint = tree.children(at).map(count).sum();
                *large.entry(winner).or_default() += count(at) - children;
            }
        }
    }
    let coverage_of = |(at, rule): (u32, &Rule)| {
        let won = BigUint::from(small[at as usize]) + large.remove(&at).unwrap_or_default();
        rule.length().map(|_| Coverage { won, ..Coverage::full(rule, domain) })
    };
    (0..).zip(rules).map(coverage_of).collect()
}

impl AddAssign<&Self> for Coverage {
    fn add_assign(&mut self, other: &Self) {
        self.won += &other.won;
        self.matched += &other.matched;
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.won == self.matched {
            return f.write_str("100 %");
        }
        match self.permille() {
            0 if self.won == BigUint::ZERO => f.write_str("0 %"),
            0 => f.write_str("less than 0.1 %"),
            999 if &self.won * 1_000_u16 != &self.matched * 999_u16 => {
                f.write_str("more than 99.9 %")
            }
            permille if permille % 10 == 0 => write!(f, "{} %", permille / 10),
            permille => write!(f, "{}.{} %", permille / 10, permille % 10),
        }
    }
}
