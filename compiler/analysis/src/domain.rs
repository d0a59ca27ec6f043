//! Which texts count as numbers.

use std::cmp::Ordering;

use num_bigint::BigUint;

/// Which texts count as numbers in a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Domain {
    /// `0-9`, optionally after a `+`, as in E.164.
    Digits,
    /// Everything that a phone can dial: `0-9 + * #` in any order.
    #[default]
    Dialable,
    /// Any bytes.
    Anything,
}

/// Every byte, in the order in which witnesses prefer them: digits, `+ * #`, letters, all others.
static BYTES: [u8; 256] = {
    const FIRST: [u8; 13] = *b"0123456789+*#";
    let mut bytes = [0; 256];
    let mut taken = [false; 256];
    let mut count = 0;
    while count < FIRST.len() {
        bytes[count] = FIRST[count];
        taken[FIRST[count] as usize] = true;
        count += 1;
    }
    // from `A` on and around to `@`, so that a letter represents all other characters
    let mut step = 0;
    while step < 256 {
        let byte = (b'A' as usize + step) % 256;
        if !taken[byte] {
            bytes[count] = byte as u8;
            count += 1;
        }
        step += 1;
    }
    bytes
};

/// The position of every byte in [`BYTES`].
static RANKS: [u8; 256] = {
    let mut ranks = [0; 256];
    let mut at = 0;
    while at < 256 {
        ranks[BYTES[at] as usize] = at as u8;
        at += 1;
    }
    ranks
};

/// The position of a byte in [`BYTES`].
fn rank(byte: u8) -> u8 {
    RANKS[usize::from(byte)]
}

/// The symbols that a person dials at a position: `0-9 * #`, and a `+` in front.
pub(crate) fn dialed_symbols(position: usize) -> &'static [u8] {
    match position {
        0 => &BYTES[..13],
        _ => b"0123456789*#",
    }
}

impl Domain {
    /// All domains, the smallest first; each contains the one before it.
    pub const ALL: [Self; 3] = [Self::Digits, Self::Dialable, Self::Anything];

    /// The symbols that may stand at a position, counted from 0, in the order of witnesses.
    #[must_use]
    pub fn symbols(self, position: usize) -> &'static [u8] {
        match self {
            Self::Digits if position == 0 => &BYTES[..11],
            Self::Digits => &BYTES[..10],
            Self::Dialable => &BYTES[..13],
            Self::Anything => &BYTES,
        }
    }

    /// Whether a number may begin with a text.
    #[must_use]
    pub fn allows(self, text: &[u8]) -> bool {
        let fits = |(at, byte): (usize, &u8)| usize::from(rank(*byte)) < self.symbols(at).len();
        self == Self::Anything || text.iter().enumerate().all(fits)
    }

    /// How many texts are possible at the positions `from..to`.
    #[must_use]
    pub fn count(self, from: usize, to: usize) -> BigUint {
        if let Some(count) = self.small_count(from, to) {
            return BigUint::from(count);
        }
        let later = BigUint::from(self.symbols(1).len());
        let later = later.pow(u32::try_from(to - from.max(1)).unwrap_or(u32::MAX));
        if from == 0 { later * self.symbols(0).len() } else { later }
    }

    /// Like [`count`](Self::count), if the result fits: up to 34 positions of dialable symbols.
    pub(crate) fn small_count(self, from: usize, to: usize) -> Option<u128> {
        if from >= to {
            return Some(1);
        }
        let later = self.symbols(1).len() as u128;
        let later = later.checked_pow(u32::try_from(to - from.max(1)).ok()?)?;
        let first = if from == 0 { self.symbols(0).len() } else { 1 };
        later.checked_mul(first as u128)
    }

    /// Compares two witnesses: the shorter first, then in the order of [`Domain::symbols`].
    #[must_use]
    pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
        let by_rank = || {
            let (a, b) = (a.iter().copied(), b.iter().copied());
            a.map(rank).cmp(b.map(rank))
        };
        a.len().cmp(&b.len()).then_with(by_rank)
    }
}
