//! How many bytes may still be read, by all readers together.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// The bytes that are left.
#[derive(Clone)]
pub(super) struct Budget {
    left: Rc<Cell<u64>>,
    whole: u64,
}

impl Budget {
    pub(super) fn new(bytes: u64) -> Self {
        Self { left: Rc::new(Cell::new(bytes)), whole: bytes }
    }

    /// The reader, paying for each byte.
    pub(super) fn pay<R: Read>(&self, inner: R) -> Paid<R> {
        Paid { inner, budget: self.clone() }
    }

    fn error(&self) -> io::Error {
        io::Error::other(format!("all files together have more than {}", size(self.whole)))
    }
}

/// Bytes in a unit in which they are a whole number.
fn size(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.into_iter().find(|(shift, _)| bytes != 0 && bytes.trailing_zeros() >= *shift);
    match unit {
        Some((shift, unit)) => format!("{} {unit}", bytes >> shift),
        None => format!("{bytes} bytes"),
    }
}

/// A reader that pays for each byte, and fails when nothing is left and more comes.
pub(super) struct Paid<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for Paid<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.left.get();
        if left == 0 {
            let more = !buffer.is_empty() && self.inner.read(&mut [0])? > 0;
            return if more { Err(self.budget.error()) } else { Ok(0) };
        }
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..room])?;
        self.budget.left.set(left.saturating_sub(count as u64));
        Ok(count)
    }
}
