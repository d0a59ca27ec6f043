//! How much is read of the reports of all nodes together.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Most bytes of all reports that are read at once, compressed, and again after that: some million
/// client cores. Beyond, reports are read without their rows, and then not at all: a program that
/// may write to NATS cannot fill the memory.
const MAX_ALL_BYTES: u64 = 384 * 1024 * 1024;

/// Most rows of all reports that are read at once.
const MAX_ALL_ROWS: u64 = 1_200_000;

/// What may still be read of all reports.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: AtomicU64,
    rows: AtomicU64,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self::of(MAX_ALL_BYTES, MAX_ALL_ROWS)
    }

    pub(crate) fn of(bytes: u64, rows: u64) -> Self {
        Self { bytes: bytes.into(), rows: rows.into() }
    }

    pub(crate) fn bytes_left(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// Takes bytes and rows; `None` if fewer are left.
    pub(crate) fn take(&self, bytes: u64, rows: usize) -> Option<()> {
        let take = |left: &AtomicU64, taken: u64| {
            left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(taken)).ok()
        };
        take(&self.bytes, bytes)?;
        take(&self.rows, u64::try_from(rows).unwrap_or(u64::MAX))?;
        Some(())
    }
}
