//! The few file operations of publishing, and a seam that makes any of them fail.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Mode, OFlags};

/// Performs file operations; a test may make it stop before the k-th of them, as a kill would.
#[derive(Debug)]
pub struct Disk {
    left: AtomicUsize,
    stopped: AtomicBool,
    /// Folders whose names were waited for, where somebody asks.
    synced: Option<Mutex<Vec<PathBuf>>>,
}

impl Default for Disk {
    fn default() -> Self {
        Self::whole()
    }
}

impl Disk {
    /// A disk on which everything happens.
    pub(super) const fn whole() -> Self {
        Self { left: AtomicUsize::new(usize::MAX), stopped: AtomicBool::new(false), synced: None }
    }

    /// A disk on which everything happens, and that tells which folders were waited for.
    #[must_use]
    pub fn recording() -> Self {
        Self { synced: Some(Mutex::default()), ..Self::whole() }
    }

    /// The folders whose names were waited for, in order; none unless it is [`Self::recording`].
    #[must_use]
    pub fn synced(&self) -> Vec<PathBuf> {
        let synced = self.synced.as_ref();
        synced.map_or_else(Vec::new, |synced| {
            let synced = synced.lock();
            synced.unwrap_or_else(PoisonError::into_inner).clone()
        })
    }

    /// A disk on which only the first `operations` operations happen; every later one fails.
    #[must_use]
    pub fn failing_after(operations: usize) -> Self {
        Self { left: AtomicUsize::new(operations), ..Self::whole() }
    }

    /// Whether an operation has failed because the disk was stopped.
    #[must_use]
    pub fn was_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn step(&self) -> io::Result<()> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            self.stopped.store(true, Ordering::Relaxed);
            return Err(io::Error::other("stopped here"));
        }
        if left != usize::MAX {
            self.left.store(left - 1, Ordering::Relaxed);
        }
        Ok(())
    }

    pub(super) fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        fs::create_dir_all(path)
    }

    /// Writes a new file and waits until it is on the disk.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        let mut file = File::create_new(path)?;
        let (half, rest) = bytes.split_at(bytes.len() / 2);
        file.write_all(half)?;
        self.step()?;
        file.write_all(rest)?;
        self.step()?;
        file.sync_all()
    }

    /// A second name for a file.
    pub(super) fn link_file(&self, original: &Path, path: &Path) -> io::Result<()> {
        self.step()?;
        fs::hard_link(original, path)
    }

    pub(super) fn link(&self, target: &Path, path: &Path) -> io::Result<()> {
        self.step()?;
        std::os::unix::fs::symlink(target, path)
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        fs::rename(from, to)
    }

    /// Waits until a folder's names are on the disk.
    pub(super) fn sync(&self, folder: &Path) -> io::Result<()> {
        self.step()?;
        // by a descriptor of a folder: what is a named pipe by now would keep the process waiting
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        File::from(rustix::fs::open(folder, flags, Mode::empty())?).sync_all()?;
        if let Some(synced) = &self.synced {
            let mut synced = synced.lock().unwrap_or_else(PoisonError::into_inner);
            synced.push(folder.to_owned());
        }
        Ok(())
    }

    pub(super) fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        fs::remove_file(path)
    }

    pub(super) fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        fs::remove_dir_all(path)
    }

    pub(super) fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.step()?;
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }
}
