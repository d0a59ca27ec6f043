//! A part of a number of numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use adr_engine::Rule;
use num_bigint::BigUint;

use crate::class::LONGEST;
use crate::domain::Domain;
use crate::tree::{NONE, trees};

/// So many of so many. Its text is a percentage with at most one place, which says 0 or 100 only
/// where it is that exactly.
///
/// ```
/// use adr_analysis::Share;
///
/// let share = |won: u32, of: u32| Share { won: won.into(), of: of.into() }.to_string();
/// assert_eq!(share(1, 3), "33.3 %");
/// assert_eq!((share(9, 10), share(0, 7), share(7, 7)), ("90 %".into(), "0 %".into(), "100 %".into()));
/// assert_eq!(share(1, 10_000), "less than 0.1 %");
/// assert_eq!(share(9_999, 10_000), "more than 99.9 %");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub won: BigUint,
    /// The whole, at least the part.
    pub of: BigUint,
}

impl Share {
    /// Everything that a rule matches in a domain; nothing of nothing where there is no end to
    /// that.
    #[must_use]
    pub fn whole(rule: &Rule, domain: Domain) -> Self {
        let prefix = rule.begins_with().as_bytes();
        let length = rule
            .length()
            .filter(|length| (prefix.len()..=LONGEST).contains(length) && domain.holds(prefix));
        let of = length.map_or(BigUint::ZERO, |length| domain.count(prefix.len(), length));
        Self { won: of.clone(), of }
    }

    /// Tenths of a percent, rounded down, 0 to 1000; 1000 where there is nothing to share.
    #[must_use]
    pub fn permille(&self) -> u16 {
        if self.of == BigUint::ZERO {
            return 1_000;
        }
        u16::try_from(&self.won * 1_000_u16 / &self.of).unwrap_or(1_000)
    }
}

/// How many numbers each rule decides about, of those that it matches; `None` for a rule whose
/// numbers have no longest.
///
/// ```
/// use adr_analysis::{Domain, shares};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("1", 3, 0, "8"), Rule::from_deployed("", 3, 0, "9")];
/// let shares = shares(&rules, Domain::Dialable);
/// assert_eq!(shares[1].as_ref().unwrap().won, 2_028_u32.into()); // all but a thirteenth
/// ```
#[must_use]
pub fn shares(rules: &[Rule], domain: Domain) -> Vec<Option<Share>> {
    // what fits in a word, and what does not; a rule for one length is in one class only
    let mut small = vec![0; rules.len()];
    let mut large: BTreeMap<u32, BigUint> = BTreeMap::new();
    for (class, tree) in trees(&[rules], domain) {
        let length = class.lengths.from;
        if class.lengths.to != Some(length) {
            continue;
        }
        let won = |at: &usize| tree.nodes[*at].best[0] != NONE;
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
    let share = |(at, rule): (u32, &Rule)| {
        let won = BigUint::from(small[at as usize]) + large.remove(&at).unwrap_or_default();
        rule.length().map(|_| Share { won, ..Share::whole(rule, domain) })
    };
    (0..).zip(rules).map(share).collect()
}

impl AddAssign<&Self> for Share {
    fn add_assign(&mut self, other: &Self) {
        self.won += &other.won;
        self.of += &other.of;
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.won == self.of {
            return f.write_str("100 %");
        }
        match self.permille() {
            0 if self.won == BigUint::ZERO => f.write_str("0 %"),
            0 => f.write_str("less than 0.1 %"),
            999 if &self.won * 1_000_u16 != &self.of * 999_u16 => f.write_str("more than 99.9 %"),
            permille if permille % 10 == 0 => write!(f, "{} %", permille / 10),
            permille => write!(f, "{}.{} %", permille / 10, permille % 10),
        }
    }
}
