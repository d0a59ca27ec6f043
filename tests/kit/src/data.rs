//! File contents for transfers.

/// `size` pseudorandom bytes without nearby repetitions, so that a misplaced block is noticed.
///
/// Different seeds give different contents.
#[must_use]
pub fn pseudorandom(size: usize, seed: u64) -> Vec<u8> {
    let words = size.div_ceil(8);
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(words * 8);
    for _ in 0..words {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// `size` bytes that differ between blocks and are the same in every run.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "only the low byte is wanted")]
pub fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at / 7 + at / 512) as u8).collect()
}
