//! The file operations of publishing. Unit tests make any of them fail.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

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
        std::os::unix::fs::symlink(target, path)
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.before_operation()?;
        fs::rename(from, to)
    }

    /// Syncs the names in a folder.
    pub(super) fn sync(&self, folder: &Path) -> io::Result<()> {
        self.before_operation()?;
        // `DIRECTORY` rejects a named pipe of this name; opening that would block the process
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        File::from(rustix::fs::open(folder, flags, Mode::empty())?).sync_all()?;
        #[cfg(test)]
        self.faults.record_sync(folder);
        Ok(())
    }

    pub(super) fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.before_operation()?;
        fs::remove_file(path)
    }

    /// Removes a folder with everything in it.
    pub(super) fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.before_operation()?;
        fs::remove_dir_all(path)
    }

    /// The names in a folder, in no order.
    pub(super) fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.before_operation()?;
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }
}
