//! Makes file operations fail, and records which folders were synced.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Disk;

/// Which operations fail, and what was recorded.
#[derive(Debug)]
pub(super) struct Faults {
    /// How many operations still succeed before the next one fails; `usize::MAX` for all.
    remaining: AtomicUsize,
    /// Whether the operations after one that failed succeed.
    is_once: bool,
    /// Whether an operation was made to fail.
    has_failed: AtomicBool,
    /// Folders that were synced, in order.
    synced: Mutex<Vec<PathBuf>>,
}

impl Faults {
    pub(super) const fn none() -> Self {
        Self {
            remaining: AtomicUsize::new(usize::MAX),
            is_once: false,
            has_failed: AtomicBool::new(false),
            synced: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn before_operation(&self) -> io::Result<()> {
        let remaining = self.remaining.load(Ordering::Relaxed);
        if remaining == 0 {
            self.has_failed.store(true, Ordering::Relaxed);
            if self.is_once {
                self.remaining.store(usize::MAX, Ordering::Relaxed);
            }
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

    /// A disk on which one operation fails: the one after the first `operations`.
    pub(crate) fn failing_once_after(operations: usize) -> Self {
        let remaining = AtomicUsize::new(operations);
        Self { faults: Faults { remaining, is_once: true, ..Faults::none() } }
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
