//! Numbers as integers, in an order in which every begins-with is one interval.

/// Values of one position: the ten digits, and one for "anything else, or the end".
const BASE: u64 = 11;

/// Positions that a head holds, one of which a `+` may take.
const POSITIONS: u32 = 16;

/// The first sixteen bytes of a number in registers, little end first, zero where there are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head(u128);

impl Head {
    /// The head of a number.
    #[inline]
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

    /// The head without its first `bytes`, as bytes.
    #[inline]
    pub(super) fn without(self, bytes: usize) -> [u8; 16] {
        let shift = 8 * bytes as u32;
        self.0.checked_shr(shift).unwrap_or(0).to_le_bytes()
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

/// How many positions a key has, and how numbers become keys.
///
/// A key is a numeral to base eleven, most significant position first. A digit stands for itself;
/// any other byte, and every position past the end, for ten. So the keys of all numbers that begin
/// with the same digits are one interval, at the end of which lie those that go on otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    /// 8 to 15: as many as fit beside a rule's position in 64 bits.
    digits: u32,
    /// Weight of the first eight positions.
    high: u64,
    /// `2^64` divided by what the last eight positions have too much, rounded up.
    low: u64,
}

impl Keys {
    /// The longest keys below `2^bits`.
    pub(super) fn below(bits: u32) -> Self {
        let fits = |digits: &u32| BASE.pow(*digits).ilog2() < bits;
        let digits = (8..POSITIONS).rev().find(fits).unwrap_or(8);
        let surplus = BASE.pow(POSITIONS - digits);
        Self {
            digits,
            high: BASE.pow(digits - 8),
            low: u64::MAX / surplus + 1,
        }
    }

    /// Most digits of a begins-with that keys decide.
    pub(super) fn digits(self) -> usize {
        self.digits as usize
    }

    /// One above the largest key.
    pub(super) fn end(self) -> u64 {
        BASE.pow(self.digits)
    }

    /// The key of a number; `plus` leaves out its first byte.
    #[inline]
    pub(super) fn key(self, head: Head, plus: bool) -> u64 {
        let bytes = head.0 >> (8 * u32::from(plus));
        let low = u128::from(eight_digits((bytes >> 64) as u64)) * u128::from(self.low);
        eight_digits(bytes as u64) * self.high + (low >> 64) as u64
    }

    /// How many keys begin with the same `length` digits.
    pub(super) fn cone_size(self, length: usize) -> u64 {
        BASE.pow(self.digits.saturating_sub(length as u32))
    }

    /// The first key of all numbers that begin with `digits`, bytes `0-9`.
    pub(super) fn cone_start(self, digits: &[u8]) -> u64 {
        let numeral = digits.iter().fold(0, |value, byte| {
            value * BASE + u64::from(byte.wrapping_sub(b'0'))
        });
        numeral * self.cone_size(digits.len())
    }
}

/// The first eight bytes and the next eight, little end first, zero where there are none.
#[inline]
fn first_sixteen(number: &[u8]) -> (u64, u64) {
    let length = number.len();
    if let Some(both) = number.first_chunk::<16>() {
        let (high, low) = both.split_at(8);
        return (word(high), word(low));
    }
    if length >= 8 {
        let overlap = 16 - length;
        let low = word(&number[length - 8..]);
        return (word(&number[..8]), (low >> 1) >> (overlap * 8 - 1));
    }
    (first_eight(number), 0)
}

/// The first eight bytes, little end first, zero where there are none.
#[inline]
pub(super) fn first_eight(number: &[u8]) -> u64 {
    let length = number.len();
    if length >= 8 {
        return word(&number[..8]);
    }
    if length >= 4 {
        let low = half_word(&number[..4]);
        let high = half_word(&number[length - 4..]);
        return low | high << ((length - 4) * 8);
    }
    number
        .iter()
        .rev()
        .fold(0, |value, byte| value << 8 | u64::from(*byte))
}

#[inline]
fn word(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[inline]
fn half_word(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |chunk| u64::from(u32::from_le_bytes(*chunk)))
}

/// Eight bytes at once: each to 0..=10, then neighbours joined three times.
#[inline]
fn eight_digits(bytes: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let values = bytes ^ (ONES * 0x30);
    let above_nine = (((values & (ONES * 0x7f)) + ONES * 0x76) | values) & (ONES * 0x80);
    let other = (above_nine >> 7) * 0xff;
    let values = (values & !other) | (other & (ONES * 10));
    let pairs = (values * BASE + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * BASE.pow(2) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours * BASE.pow(4) + (fours >> 32)) & 0xffff_ffff
}
