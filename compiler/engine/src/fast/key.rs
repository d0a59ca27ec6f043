//! Numbers as integers, in an order in which every begins-with is one interval.

use std::hint::select_unpredictable;

/// The first sixteen bytes of a number in registers, little end first, zero where there are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head(u128);

impl Head {
    /// The head of a number.
    #[inline(always)]
    pub(super) fn of(number: &[u8]) -> Self {
        let (first, second) = first_sixteen(number);
        Self(u128::from(second) << 64 | u128::from(first))
    }

    /// The head of the number that begins at `start` of a text and has `length` bytes.
    ///
    /// What stands behind the number spares the branches about its length.
    #[inline]
    pub(super) fn within(text: &[u8], start: usize, length: usize) -> Self {
        let behind = text.get(start..).and_then(<[u8]>::first_chunk::<16>);
        match behind {
            Some(bytes) => Self(u128::from_le_bytes(*bytes) & FIRST_BYTES[length.min(16)]),
            None => Self::of(&text[start..start + length]),
        }
    }

    /// The first eight bytes.
    #[inline]
    pub(super) fn first_eight(self) -> u64 {
        self.0 as u64
    }

    /// The head without its first `bytes`, fewer than eight, as bytes.
    #[inline]
    pub(super) fn without(self, bytes: usize) -> [u8; 16] {
        self.without_bits(8 * (bytes as u8 & 7))
    }

    /// The head without its first `bits`, fewer than 64, as bytes.
    #[inline(always)]
    pub(super) fn without_bits(self, bits: u8) -> [u8; 16] {
        let shift = u32::from(bits) & 63;
        let (first, second) = (self.0 as u64, (self.0 >> 64) as u64);
        let low = first >> shift | second << 1 << (63 - shift);
        (u128::from(second >> shift) << 64 | u128::from(low)).to_le_bytes()
    }
}

/// Masks of the first bytes, by how many they are.
const FIRST_BYTES: [u128; 17] = {
    let mut masks = [u128::MAX; 17];
    let mut bytes = 0;
    while bytes < 16 {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// How many digits a key has, and how numbers become keys.
///
/// A key is a numeral of so many digits, and behind it four bits: zero when the number's first
/// digits are all there, else [`TAIL`] less the number of digits in front of the first byte that is
/// none. In that case nines stand in the place of it and of what follows. So keys are in an order
/// in which all numbers that begin with the same digits are one interval, at the end of which lie
/// those that go on with something else than a digit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    /// 8 to 15.
    digits: u32,
    /// Weight of the first eight digits.
    high: u64,
}

/// Bits behind the numeral.
const TAIL_BITS: u32 = 4;

/// The largest value of these bits.
const TAIL: u64 = (1 << TAIL_BITS) - 1;

impl Keys {
    /// Keys below `2^bits` with as many digits as are asked for, if so many fit; 8 at least, for
    /// which 31 bits suffice.
    pub(super) fn below(bits: u32, digits: usize) -> Self {
        let fits = |digits: &u32| (POWERS[*digits as usize] << TAIL_BITS).ilog2() < bits;
        let most = (8..16).rev().find(fits).unwrap_or(8);
        let digits = (digits as u32).clamp(8, most);
        Self { digits, high: POWERS[digits as usize - 8] }
    }

    /// Most digits of a begins-with that keys decide.
    pub(super) fn digits(self) -> usize {
        self.digits as usize
    }

    /// One above the largest key.
    pub(super) fn end(self) -> u64 {
        POWERS[self.digits as usize] << TAIL_BITS
    }

    /// The key of a number among numbers of its length; `plus` leaves out its first byte.
    ///
    /// Behind the number's end zeros are taken for digits, for no begins-with is longer than the
    /// numbers it is for.
    #[inline(always)]
    pub(super) fn key(self, head: Head, plus: bool, length: usize) -> u64 {
        let there = (length - usize::from(plus)).min(self.digits as usize);
        let values = self.values(head.0 >> (8 * u32::from(plus)), there);
        match self.first_other(values) {
            None => self.numeral(values) << TAIL_BITS,
            Some(count) => self.key_of_other(values, count),
        }
    }

    /// The key of a number among begins-with of at most `longest` digits for any length: its end is
    /// as good as a byte that is no digit.
    #[inline]
    pub(super) fn key_with_end(self, head: Head, plus: bool, length: usize, longest: usize) -> u64 {
        let there = length - usize::from(plus);
        if there >= longest {
            return self.key(head, plus, length);
        }
        let values = self.values(head.0 >> (8 * u32::from(plus)), there);
        let count = self.first_other(values).unwrap_or(there);
        self.key_of_other(values, count)
    }

    /// The values of the first `there` digits, eight and eight, zeros behind them.
    #[inline(always)]
    fn values(self, bytes: u128, there: usize) -> (u64, u64) {
        let first = (bytes as u64 ^ ZEROS) & LEADING[there.min(8)];
        if self.digits == 8 {
            return (first, 0);
        }
        let second = (bytes >> 64) as u64 ^ ZEROS;
        (first, second & LEADING[there.max(8) - 8])
    }

    /// How many digits there are in front of the first value that is none.
    #[inline(always)]
    fn first_other(self, (first, second): (u64, u64)) -> Option<usize> {
        let (first, second) = (others(first), others(second));
        if first | second == 0 {
            return None;
        }
        let count = match first {
            0 => u64::BITS + second.trailing_zeros(),
            _ => first.trailing_zeros(),
        };
        Some(count as usize / 8)
    }

    #[inline(always)]
    fn numeral(self, (first, second): (u64, u64)) -> u64 {
        if self.digits == 8 {
            return eight_digits(first);
        }
        let second = eight_digits(second << (8 * (16 - self.digits)));
        eight_digits(first) * self.high + second
    }

    /// The key when only the first `count` values count.
    #[cold]
    fn key_of_other(self, (first, second): (u64, u64), count: usize) -> u64 {
        let first = first & LEADING[count.min(8)];
        let second = second & LEADING[count.max(8) - 8];
        let nines = POWERS[self.digits as usize - count] - 1;
        (self.numeral((first, second)) + nines) << TAIL_BITS | (TAIL - count as u64)
    }

    /// The first key of all numbers that begin with `digits`, bytes `0-9`.
    pub(super) fn cone_start(self, digits: &[u8]) -> u64 {
        let numeral =
            digits.iter().fold(0, |value, byte| value * 10 + u64::from(byte.wrapping_sub(b'0')));
        numeral * self.cone_width(digits.len())
    }

    /// From the first key of numbers that begin with `length` digits to the first of those with the
    /// next digits.
    pub(super) fn cone_width(self, length: usize) -> u64 {
        POWERS[(self.digits as usize).saturating_sub(length)] << TAIL_BITS
    }

    /// How many keys begin with the same `length` digits; behind them come those of numbers that
    /// begin with some of them only.
    pub(super) fn cone_size(self, length: usize) -> u64 {
        self.cone_width(length) - length as u64
    }

    /// How many keys the cone from `start` to `end` has, if there is one.
    pub(super) fn whole_cone(self, start: u64, end: u64) -> Option<u64> {
        let wide_enough = |length: &usize| self.cone_width(*length) >= end - start;
        let length = (0..=self.digits()).rev().find(wide_enough)?;
        let is_cone = start.is_multiple_of(self.cone_width(length))
            && (end == self.cone_end(start, length) || end == start + self.cone_size(length));
        is_cone.then_some(self.cone_size(length))
    }

    /// Where the cone ends that begins with a key: where the next one begins, if no number lies
    /// between them.
    pub(super) fn cone_end(self, start: u64, length: usize) -> u64 {
        let width = self.cone_width(length);
        match length == 0 || (start / width) % 10 == 9 {
            true => start + self.cone_size(length),
            false => start + width,
        }
    }
}

/// The first eight bytes and the next eight, little end first, zero where there are none.
///
/// Without a branch between lengths of four to fifteen, for they change from number to number.
#[inline(always)]
fn first_sixteen(number: &[u8]) -> (u64, u64) {
    let length = number.len();
    if let Some(both) = number.first_chunk::<16>() {
        let (first, second) = both.split_at(8);
        return (word(first), word(second));
    }
    if length < 4 {
        return (few_bytes(number), 0);
    }
    let has_eight = length >= 8;
    let eight = select_unpredictable(has_eight, number, &[0; 8]);
    let last = word(&eight[eight.len() - 8..]);
    let first =
        half_word(&number[..4]) | half_word(&number[length - 4..]) << ((8 * (length - 4)) & 63);
    (
        select_unpredictable(has_eight, word(&eight[..8]), first),
        last >> 1 >> ((8 * (16 - length) - 1) & 63),
    )
}

/// The bytes of fewer than four, little end first.
#[inline(never)]
fn few_bytes(number: &[u8]) -> u64 {
    let bytes = number.iter().rev();
    bytes.fold(0, |value, byte| value << 8 | u64::from(*byte))
}

#[inline]
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[inline]
fn half_word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |chunk| u64::from(u32::from_le_bytes(*chunk)))
}

/// Eight times the digit 0.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// Powers of ten.
const POWERS: [u64; 16] = {
    let mut powers = [1; 16];
    let mut at = 1;
    while at < 16 {
        powers[at] = 10 * powers[at - 1];
        at += 1;
    }
    powers
};

/// Masks of the first bytes of eight, by how many they are.
const LEADING: [u64; 9] = {
    let mut masks = [u64::MAX; 9];
    let mut bytes = 0;
    while bytes < 8 {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// Not zero when one of eight bytes is above nine.
#[inline]
fn others(values: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    (((values & (ONES * 0x7f)) + ONES * 0x76) | values) & (ONES * 0x80)
}

/// The numeral of eight digits, the first in the lowest byte: neighbours are joined, then all four
/// pairs by two multiplications.
#[inline]
fn eight_digits(values: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let values = values.wrapping_mul(10).wrapping_add(values >> 8);
    let odd = (values & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let even = (values >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    odd.wrapping_add(even) >> 32
}
