//! Makes file operations fail, and records which folders were synced.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Disk;

/// Which operations fail, and what was recorded.
#[derive(Debug)]
pub(super) struct Faults {
    /// How many operations still succeed; `usize::MAX` for all.
    remaining: AtomicUsize,
    /// Whether an operation was made to fail.
    has_failed: AtomicBool,
    /// Folders that were synced, in order.
    synced: Mutex<Vec<PathBuf>>,
}

impl Faults {
    pub(super) const fn none() -> Self {
        Self {
            remaining: AtomicUsize::new(usize::MAX),
            has_failed: AtomicBool::new(false),
            synced: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn before_operation(&self) -> io::Result<()> {
        let remaining = self.remaining.load(Ordering::Relaxed);
        if remaining == 0 {
            self.has_failed.store(true, Ordering::Relaxed);
            return Err(io::Error::other("fault injected by a test"));
        }
        if remaining != usize::MAX {
            self.remaining.store(remaining - 1, Ordering::Relaxed);
        }
        Ok(())
    }

    pub(super) fn record_sync(&self, folder: &Path) {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        synced.push(folder.to_owned());
    }
}

impl Disk {
    /// A disk on which only the first `operations` operations succeed, as if the process was killed
    /// after them.
    pub(crate) fn failing_after(operations: usize) -> Self {
        let faults = Faults { remaining: AtomicUsize::new(operations), ..Faults::none() };
        Self { faults }
    }

    /// Whether an operation was made to fail.
    pub(crate) fn has_failed(&self) -> bool {
        self.faults.has_failed.load(Ordering::Relaxed)
    }

    /// The folders that were synced, in order.
    pub(crate) fn synced(&self) -> Vec<PathBuf> {
        let synced = self.faults.synced.lock();
        synced.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
