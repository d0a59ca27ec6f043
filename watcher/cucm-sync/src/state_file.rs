//! A record of unfinished work on disk, which must survive a killed process.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use adr_bundle::disk::{read_file, retry_while_held};
use adr_watcher::write;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::platform;

/// What the names of temporary files begin with.
const TEMPORARY: &str = ".adrc-";

/// Why a record cannot be used.
#[derive(Debug)]
pub(crate) enum StateError {
    /// The operating system reported an error at this file or folder.
    Io { path: PathBuf, source: io::Error },
    /// The file is not a record, for this reason.
    Unreadable { path: PathBuf, reason: String },
    /// Another process has the lock.
    Locked,
}

/// A JSON file that is replaced as a whole, and the file whose lock says who may replace it. Only
/// this user can read the two and their folder.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    lock_path: PathBuf,
    /// Most bytes of the file.
    max_bytes: u64,
    /// Held until the value is dropped. The lock ends when the file is closed.
    lock: Option<File>,
}

impl StateFile {
    /// Reads and writes nothing.
    pub(crate) fn new(path: PathBuf, lock_path: PathBuf, max_bytes: u64) -> Self {
        Self { path, lock_path, max_bytes, lock: None }
    }

    /// The record, whether or not it exists.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the folder if necessary, and takes the lock.
    pub(crate) fn lock(&mut self) -> Result<(), StateError> {
        // a second file of this process would wait for the first
        self.lock = None;
        if let Some(folder) = self.lock_path.parent() {
            create_folder(folder)?;
        }
        let file = platform::open_private_file(&self.lock_path);
        let file = file.map_err(failed(&self.lock_path))?;
        match file.try_lock() {
            Ok(()) => self.lock = Some(file),
            Err(TryLockError::WouldBlock) => return Err(StateError::Locked),
            Err(TryLockError::Error(source)) => return Err(failed(&self.lock_path)(source)),
        }
        Ok(())
    }

    /// The record; `None` if there is none.
    pub(crate) fn load<T: DeserializeOwned>(&self) -> Result<Option<T>, StateError> {
        let bytes = match read(&self.path, self.max_bytes) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(failed(&self.path))?,
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| self.unreadable(&error))
    }

    /// Replaces the record. The lock must be held.
    pub(crate) fn store<T: Serialize>(&self, record: &T) -> Result<(), StateError> {
        let mut text =
            serde_json::to_vec_pretty(record).map_err(|error| self.unreadable(&error))?;
        text.push(b'\n');
        replace(&self.path, &text)
    }

    /// Removes the record, and gives the lock back.
    pub(crate) fn remove(&mut self) -> Result<(), StateError> {
        retry_while_held(|| fs::remove_file(&self.path)).map_err(failed(&self.path))?;
        self.lock = None;
        Ok(())
    }

    /// The error of a record that is not readable for this reason.
    pub(crate) fn unreadable(&self, reason: &dyn std::fmt::Display) -> StateError {
        StateError::Unreadable { path: self.path.clone(), reason: reason.to_string() }
    }
}

/// Creates a folder, and those above it, for this user only.
pub(crate) fn create_folder(path: &Path) -> Result<(), StateError> {
    platform::create_private_folder(path).map_err(failed(path))
}

/// Reads a file of at most this many bytes.
pub(crate) fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    read_file(path, max_bytes)
}

/// Writes a file completely or not at all, for this user only, and waits until the disk has it and
/// its name.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = || {
        let mut file = tempfile::NamedTempFile::with_prefix_in(TEMPORARY, folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        write::rename_temporary(file, path)?;
        platform::sync_folder(folder)
    };
    written().map_err(failed(path))
}

pub(crate) fn failed(path: &Path) -> impl FnOnce(io::Error) -> StateError + '_ {
    move |source| StateError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path) -> StateFile {
        StateFile::new(folder.join("state/record.json"), folder.join("state/lock"), 100)
    }

    #[test]
    fn record_is_replaced_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = file(folder.path());
        assert_eq!(file.load::<u8>().unwrap(), None);
        file.lock().unwrap();
        for record in [1_u8, 2] {
            file.store(&record).unwrap();
            assert_eq!(file.load().unwrap(), Some(record));
        }
        file.remove().unwrap();
        assert_eq!(file.load::<u8>().unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_can_read_the_folder_and_its_files() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let mut file = file(folder.path());
        file.lock().unwrap();
        file.store(&1).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join("state")), 0o700);
        assert_eq!((mode(&file.path), mode(&file.lock_path)), (0o600, 0o600));
    }

    #[test]
    fn lock_ends_with_the_record_and_with_the_value() {
        let folder = tempfile::tempdir().unwrap();
        let (mut first, mut second) = (file(folder.path()), file(folder.path()));
        first.lock().unwrap();
        assert!(matches!(second.lock(), Err(StateError::Locked)));
        first.store(&1).unwrap();
        first.remove().unwrap();
        second.lock().unwrap();
        assert!(matches!(first.lock(), Err(StateError::Locked)));
        drop(second);
        first.lock().unwrap();
    }

    #[test]
    fn file_that_is_not_a_record_or_too_large_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = file(folder.path());
        file.lock().unwrap();
        fs::write(&file.path, "{").unwrap();
        assert!(matches!(file.load::<u8>(), Err(StateError::Unreadable { .. })));
        fs::write(&file.path, " ".repeat(101)).unwrap();
        assert!(matches!(file.load::<u8>(), Err(StateError::Io { .. })));
    }
}
