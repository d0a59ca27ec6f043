//! Numbers as integers, ordered so that all numbers with the same begins-with are one interval.

use crate::head::Head;

/// How many digits a key has, and how numbers become keys.
///
/// A key is a numeral of `digits` digits followed by four bits, the tail. The tail is zero when the
/// first `digits` bytes of the number are all digits. Otherwise it is [`TAIL`] minus the number of
/// digits before the first other byte, and nines replace that byte and everything after it. In this
/// order, all numbers that begin with the same digits form one interval, whose last keys belong to
/// the numbers that continue with something other than a digit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    /// Digits of a key: 8 to 15.
    digits: u32,
    /// What the first eight digits are multiplied with: a power of ten.
    high: u64,
}

/// Bits of the tail.
const TAIL_BITS: u32 = 4;

/// The largest value of the tail.
const TAIL: u64 = (1 << TAIL_BITS) - 1;

impl Keys {
    /// Keys below `2^bits` with `digits` digits, or as many as fit, but at least 8, for which 31
    /// bits suffice.
    pub(crate) fn below(bits: u32, digits: usize) -> Self {
        let fits = |digits: &u32| (POWERS[*digits as usize] << TAIL_BITS).ilog2() < bits;
        let most = (8..16).rev().find(fits).unwrap_or(8);
        let digits = (digits as u32).clamp(8, most);
        Self { digits, high: POWERS[digits as usize - 8] }
    }

    /// Most digits that a begins-with may have for a key to decide it.
    pub(crate) fn digits(self) -> usize {
        self.digits as usize
    }

    /// One above the largest key.
    pub(crate) fn end(self) -> u64 {
        POWERS[self.digits as usize] << TAIL_BITS
    }

    /// The key of a number among numbers of its length; `plus` leaves out its first byte.
    ///
    /// Positions past the end of the number count as zeros. That is safe, because a begins-with
    /// is at most as long as the numbers that its rule matches.
    #[inline(always)]
    pub(crate) fn key(self, head: Head, plus: bool, length: usize) -> u64 {
        let present = (length - usize::from(plus)).min(self.digits as usize);
        let values = self.values(head.bits() >> (8 * u32::from(plus)), present);
        match self.first_non_digit(values) {
            None => self.numeral(values) << TAIL_BITS,
            Some(count) => self.key_before_non_digit(values, count),
        }
    }

    /// The key of a number among begins-with of at most `longest` digits for any length: here the
    /// end of the number counts as a byte that is not a digit.
    #[inline]
    pub(crate) fn key_with_end(self, head: Head, plus: bool, length: usize, longest: usize) -> u64 {
        let present = length - usize::from(plus);
        if present >= longest {
            return self.key(head, plus, length);
        }
        let values = self.values(head.bits() >> (8 * u32::from(plus)), present);
        let count = self.first_non_digit(values).unwrap_or(present);
        self.key_before_non_digit(values, count)
    }

    /// The values of the first `present` digits, in two groups of eight, followed by zeros.
    #[inline(always)]
    fn values(self, bytes: u128, present: usize) -> (u64, u64) {
        let first = (bytes as u64 ^ ZEROS) & LEADING[present.min(8)];
        if self.digits == 8 {
            return (first, 0);
        }
        let second = (bytes >> 64) as u64 ^ ZEROS;
        (first, second & LEADING[present.max(8) - 8])
    }

    /// How many digits stand before the first value that is not a digit.
    #[inline(always)]
    fn first_non_digit(self, (first, second): (u64, u64)) -> Option<usize> {
        let (first, second) = (non_digits(first), non_digits(second));
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

    /// The key of a number of which only the first `count` values are digits.
    #[cold]
    fn key_before_non_digit(self, (first, second): (u64, u64), count: usize) -> u64 {
        let first = first & LEADING[count.min(8)];
        let second = second & LEADING[count.max(8) - 8];
        let nines = POWERS[self.digits as usize - count] - 1;
        (self.numeral((first, second)) + nines) << TAIL_BITS | (TAIL - count as u64)
    }

    /// The first key of the numbers that begin with `digits`, bytes `0-9`.
    pub(crate) fn interval_start(self, digits: &[u8]) -> u64 {
        let numeral =
            digits.iter().fold(0, |value, byte| value * 10 + u64::from(byte.wrapping_sub(b'0')));
        numeral * self.interval_stride(digits.len())
    }

    /// The distance between the first keys of two successive begins-with of `length` digits.
    pub(crate) fn interval_stride(self, length: usize) -> u64 {
        POWERS[(self.digits as usize).saturating_sub(length)] << TAIL_BITS
    }

    /// How many keys begin with the same `length` digits. The rest of the stride belongs to numbers
    /// that begin with only some of these digits.
    pub(crate) fn interval_size(self, length: usize) -> u64 {
        self.interval_stride(length) - length as u64
    }

    /// The size of the interval from `start` to `end`, if that is the interval of a begins-with.
    pub(crate) fn whole_interval(self, start: u64, end: u64) -> Option<u64> {
        let wide_enough = |length: &usize| self.interval_stride(*length) >= end - start;
        let length = (0..=self.digits()).rev().find(wide_enough)?;
        let is_interval = start.is_multiple_of(self.interval_stride(length))
            && (end == self.interval_end(start, length)
                || end == start + self.interval_size(length));
        is_interval.then_some(self.interval_size(length))
    }

    /// Where an interval of `length` digits ends that begins at `start`: at the beginning of the
    /// next one if no number lies between the two.
    pub(crate) fn interval_end(self, start: u64, length: usize) -> u64 {
        let stride = self.interval_stride(length);
        match length == 0 || (start / stride) % 10 == 9 {
            true => start + self.interval_size(length),
            false => start + stride,
        }
    }
}

/// Eight times the character `0`.
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

/// Masks that keep the first of eight bytes, by how many they keep.
const LEADING: [u64; 9] = {
    let mut masks = [u64::MAX; 9];
    let mut bytes = 0;
    while bytes < 8 {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// The highest bit of each of the eight bytes whose value is above nine.
#[inline]
fn non_digits(values: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    (((values & (ONES * 0x7f)) + ONES * 0x76) | values) & (ONES * 0x80)
}

/// The numeral of eight digits, the first in the lowest byte.
///
/// Joins neighbors to pairs, then all four pairs by two multiplications.
#[inline]
fn eight_digits(values: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let values = values.wrapping_mul(10).wrapping_add(values >> 8);
    let odd = (values & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let even = (values >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    odd.wrapping_add(even) >> 32
}
