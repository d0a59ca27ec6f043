//! The first sixteen bytes of a number, in registers.

use std::hint::select_unpredictable;

/// The first sixteen bytes of a number, the first one lowest, padded with zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head(u128);

impl Head {
    /// The head of a number.
    #[inline(always)]
    pub(crate) fn of(number: &[u8]) -> Self {
        let (first, second) = first_sixteen(number);
        Self(u128::from(second) << 64 | u128::from(first))
    }

    /// The head of the number that begins at `start` of a text and has `length` bytes.
    ///
    /// Reading past the end of the number, where the text goes on, avoids branches on its length.
    #[inline]
    pub(crate) fn within(text: &[u8], start: usize, length: usize) -> Self {
        let suffix = text.get(start..).and_then(<[u8]>::first_chunk::<16>);
        match suffix {
            Some(bytes) => Self(u128::from_le_bytes(*bytes) & FIRST_BYTES[length.min(16)]),
            None => Self::of(&text[start..start + length]),
        }
    }

    /// All sixteen bytes, the first one lowest.
    #[inline(always)]
    pub(crate) fn bits(self) -> u128 {
        self.0
    }

    /// The first eight bytes, the first one lowest.
    #[inline]
    pub(crate) fn first_eight(self) -> u64 {
        self.0 as u64
    }

    /// The head without its first `bytes`, fewer than eight, as bytes.
    #[inline]
    pub(crate) fn without(self, bytes: usize) -> [u8; 16] {
        self.without_bits(8 * (bytes as u8 & 7))
    }

    /// The head without its first `bits`, fewer than 64, as bytes.
    #[inline(always)]
    pub(crate) fn without_bits(self, bits: u8) -> [u8; 16] {
        let shift = u32::from(bits) & 63;
        let (first, second) = (self.0 as u64, (self.0 >> 64) as u64);
        let low = first >> shift | second << 1 << (63 - shift);
        (u128::from(second >> shift) << 64 | u128::from(low)).to_le_bytes()
    }
}

/// Masks that keep the first bytes, by how many they keep.
const FIRST_BYTES: [u128; 17] = {
    let mut masks = [u128::MAX; 17];
    let mut bytes = 0;
    while bytes < 16 {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// The first eight bytes and the next eight, the first one lowest, padded with zeros.
///
/// Lengths of four to fifteen share one path without branches, because the branch predictor cannot
/// foresee the length of the next number.
#[inline(always)]
fn first_sixteen(number: &[u8]) -> (u64, u64) {
    let length = number.len();
    if let Some(both) = number.first_chunk::<16>() {
        let (first, second) = both.split_at(8);
        return (word(first), word(second));
    }
    if length < 4 {
        return (up_to_three_bytes(number), 0);
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

/// The bytes of a number of at most three, the first one lowest.
#[inline(never)]
fn up_to_three_bytes(number: &[u8]) -> u64 {
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
