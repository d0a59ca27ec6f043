//! Generates the rules of the benches, the same in every run.
//!
//! The rules are for 7, 10, 11 and 12 digits, a quarter each. Their begins-with have three to six
//! digits, more in longer lists, and a quarter of them has a `+`.

use adr_engine::Rule;

/// Numbers of digits of the rules.
pub(crate) const LENGTHS: [usize; 4] = [7, 10, 11, 12];

/// A small random generator; the same numbers in every run.
pub(crate) struct Random(u64);

impl Random {
    /// A generator with a fixed seed.
    pub(crate) fn new() -> Self {
        Self(88_172_645_463_325_252)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    /// `count` random digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }
}

/// `size` rules.
pub(crate) fn rules(random: &mut Random, size: usize) -> Vec<Rule> {
    (0..size).map(|_| rule(random, size)).collect()
}

/// A rule for a list of `size` rules.
pub(crate) fn rule(random: &mut Random, size: usize) -> Rule {
    let length = LENGTHS[random.below(4)];
    let more = (size as f64).log10() as usize;
    let digits = (more + random.below(3)).clamp(3, 6);
    let plus = if random.below(4) == 0 { "+" } else { "" };
    let begins_with = format!("{plus}{}", random.digits(digits));
    let remove = random.below(4) as i32;
    let prefix = ["9", "91", "9011", ""][random.below(4)];
    Rule::from_deployed(&begins_with, length as i32, remove, prefix)
}
