//! Counts what is read from a file, and reports it.

use std::io::{self, Read};

/// Bytes between two reports.
const REPORT_BYTES: u64 = 8 << 20;

/// A reader that reports every few megabytes how much was read.
pub(super) struct Counted<'r, R> {
    inner: R,
    unreported: u64,
    report: &'r mut dyn FnMut(u64),
}

impl<'r, R> Counted<'r, R> {
    pub(super) fn new(inner: R, report: &'r mut dyn FnMut(u64)) -> Self {
        Self { inner, unreported: 0, report }
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.unreported += count as u64;
        if self.unreported >= REPORT_BYTES || count == 0 {
            (self.report)(std::mem::take(&mut self.unreported));
        }
        Ok(count)
    }
}
