//! The file operations of publishing. Unit tests make any of them fail.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use adr_bundle::disk::{retry_while_held, retry_while_held_until};

use crate::platform;

#[cfg(test)]
mod faults;

/// Performs file operations.
#[derive(Debug)]
pub(super) struct Disk {
    #[cfg(test)]
    faults: faults::Faults,
}

/// The disk of every publisher outside of tests.
pub(super) static DISK: Disk = Disk::new();

impl Disk {
    /// A disk on which no operation is made to fail.
    pub(super) const fn new() -> Self {
        Self {
            #[cfg(test)]
            faults: faults::Faults::none(),
        }
    }

    /// Called before each operation.
    fn before_operation(&self) -> io::Result<()> {
        #[cfg(test)]
        self.faults.before_operation()?;
        Ok(())
    }

    /// Creates a folder, and those above it that are missing.
    pub(super) fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.before_operation()?;
        fs::create_dir_all(path)
    }

    /// Writes a new file and syncs it.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.before_operation()?;
        let mut file = File::create_new(path)?;
        let (half, rest) = bytes.split_at(bytes.len() / 2);
        file.write_all(half)?;
        self.before_operation()?;
        file.write_all(rest)?;
        self.before_operation()?;
        file.sync_all()
    }

    /// Gives a file a second name.
    pub(super) fn hard_link(&self, original: &Path, path: &Path) -> io::Result<()> {
        self.before_operation()?;
        fs::hard_link(original, path)
    }

    /// Creates a symbolic link.
    pub(super) fn symbolic_link(&self, target: &Path, path: &Path) -> io::Result<()> {
        self.before_operation()?;
        platform::symbolic_link(target, path)
    }

    /// Renames a file or a folder. Replaces a file, also one that a reader has open.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.before_operation()?;
        retry_while_held(|| fs::rename(from, to))
    }

    /// Syncs the names in a folder.
    pub(super) fn sync(&self, folder: &Path) -> io::Result<()> {
        self.before_operation()?;
        platform::sync_folder(folder)?;
        #[cfg(test)]
        self.faults.record_sync(folder);
        Ok(())
    }

    pub(super) fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.before_operation()?;
        retry_while_held(|| fs::remove_file(path))
    }

    /// Removes a folder with everything in it.
    pub(super) fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.before_operation()?;
        retry_while_held(|| fs::remove_dir_all(path))
    }

    /// The same, waiting until this time for programs that have a file of the folder open.
    pub(super) fn remove_folder_until(&self, path: &Path, end: Instant) -> io::Result<()> {
        self.before_operation()?;
        retry_while_held_until(end, || fs::remove_dir_all(path))
    }

    /// Reads something by a function of the caller.
    pub(super) fn read<T>(&self, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.before_operation()?;
        read()
    }

    /// The names in a folder, in no order.
    pub(super) fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.before_operation()?;
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }
}
