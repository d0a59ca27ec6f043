//! Before anything is written: the folder is created, locked, and cleaned up.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use adr_bundle::Folder;
use adr_bundle::disk::{HELD_TIME_LIMIT, is_held_open};
use adr_bundle::folder::CURRENT;

use super::error::{PublishError, failed};
use super::layout::{FIRST_GENERATION, LINKS, Layout, is_removed, is_temporary};
use crate::platform;

/// The file that a publisher locks.
const LOCK: &str = ".lock";

/// The lock of a published folder, held until it is dropped.
pub(super) struct Locked {
    /// The number of the current generation when the lock was taken, see
    /// [`Layout::current_number`]. Only the holder of the lock changes it.
    pub(super) current: Option<u64>,
    _file: File,
}

impl Layout<'_> {
    /// Creates the folder, locks it, and removes what a killed publisher left.
    pub(super) fn acquire(&self) -> Result<Locked, PublishError> {
        self.create_folders()?;
        let file = self.lock()?;
        let current = self.current_number()?;
        self.remove_leftovers(current)?;
        Ok(Locked { current, _file: file })
    }

    /// Whether [`Layout::acquire`] would be permitted to create the folder, or to write into the
    /// existing one. Changes nothing.
    pub(super) fn check_writable(&self) -> Result<(), PublishError> {
        self.reject_foreign_files(self.current_number()?)?;
        let generations = self.generations_folder();
        let is_named = |path: &&Path| !path.as_os_str().is_empty();
        let exists = |path: &&Path| path.symlink_metadata().is_ok();
        let nearest = generations.ancestors().take_while(is_named).find(exists);
        let nearest = nearest.unwrap_or(Path::new("."));
        for path in [nearest, self.folder] {
            if path == nearest || path.exists() {
                check_access(path).map_err(failed(path))?;
            }
        }
        Ok(())
    }

    fn create_folders(&self) -> Result<(), PublishError> {
        let current = self.current_number()?;
        self.reject_foreign_files(current)?;
        let generations = self.generations_folder();
        let parents = self.parents_to_sync(current);
        self.disk.create_folder(&generations).map_err(failed(&generations))?;
        parents.iter().try_for_each(|parent| self.sync_parent(parent))
    }

    /// Rejects a folder in which adrc did not create what has the name of a link, of `current` or
    /// of the folder of generations.
    fn reject_foreign_files(&self, number: Option<u64>) -> Result<(), PublishError> {
        for name in LINKS {
            let path = self.folder.join(name);
            if exists_and(&path, |found| !found.is_symlink()) {
                return Err(PublishError::Foreign(path));
            }
        }
        let (current, generations) = (self.folder.join(CURRENT), self.generations_folder());
        if number.is_none() && exists_and(&current, |_| true) {
            return Err(PublishError::Foreign(current));
        }
        if exists_and(&generations, |found| !found.is_dir()) {
            return Err(PublishError::Foreign(generations));
        }
        Ok(())
    }

    /// The folders above the published one whose names a power cut may lose: its parent, and the
    /// parents of all folders that have to be created. Empty once a generation is published.
    fn parents_to_sync(&self, current: Option<u64>) -> Vec<PathBuf> {
        if current.is_some() {
            return Vec::new();
        }
        let folder = std::path::absolute(self.folder).unwrap_or_else(|_| self.folder.to_owned());
        let mut parents = Vec::new();
        for parent in folder.ancestors().skip(1) {
            parents.push(parent.to_owned());
            if parent.exists() {
                break;
            }
        }
        parents
    }

    /// Syncs a parent folder, unless this process is not permitted to open it.
    fn sync_parent(&self, parent: &Path) -> Result<(), PublishError> {
        match self.disk.sync(parent) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
            synced => synced.map_err(failed(parent)),
        }
    }

    fn lock(&self) -> Result<File, PublishError> {
        let path = self.folder.join(LOCK);
        let opened = Folder::open(self.folder).and_then(|folder| folder.create(LOCK));
        let file = opened.map_err(failed(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(PublishError::Locked(self.folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(&path)(error)),
        }
    }

    /// Removes what a killed publisher left: temporary names, and generations that never became
    /// current.
    fn remove_leftovers(&self, current: Option<u64>) -> Result<(), PublishError> {
        self.remove_temporary_folders()?;
        let link = self.staging_link();
        if link.symlink_metadata().is_ok() {
            self.disk.remove_file(&link).map_err(failed(&link))?;
        }
        let generations = self.generations()?;
        let unused = match current {
            Some(current) => generations.into_iter().filter(|it| *it > current).collect(),
            // several generations without `current` are a history whose link was removed by hand
            None if generations == [FIRST_GENERATION] => generations,
            None => Vec::new(),
        };
        unused.into_iter().try_for_each(|generation| self.remove(generation))
    }

    /// Removes the folders that were being written or removed. On Windows, readers can still have
    /// files of removed generations open. Then it waits once for all of them, and leaves the
    /// folders for the next publisher.
    fn remove_temporary_folders(&self) -> Result<(), PublishError> {
        let generations = self.generations_folder();
        let names = self.disk.names(&generations).map_err(failed(&generations))?;
        let end = Instant::now() + HELD_TIME_LIMIT;
        for name in names.iter().filter(|name| is_temporary(name)) {
            let path = generations.join(name);
            match self.disk.remove_folder_until(&path, end) {
                Err(error) if is_removed(name) && is_held_open(&error) => {}
                removed => removed.map_err(failed(&path))?,
            }
        }
        Ok(())
    }
}

/// Whether this is a folder in which this process may create files.
fn check_access(folder: &Path) -> io::Result<()> {
    if !folder.metadata()?.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    platform::check_writable(folder)
}

/// Whether something exists at a path and has a certain type. Links are not followed.
fn exists_and(path: &Path, has_type: impl FnOnce(fs::FileType) -> bool) -> bool {
    let found = path.symlink_metadata();
    found.is_ok_and(|found| has_type(found.file_type()))
}
