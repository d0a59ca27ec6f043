//! Before anything is written: the folder is created, locked, and cleaned up.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use adr_bundle::Folder;
use adr_bundle::folder::CURRENT;
use rustix::fs::{Access, FlockOperation, access, flock};

use super::error::{PublishError, failed};
use super::layout::{FIRST_GENERATION, LINKS, Layout, is_temporary};

/// The file that a publisher locks.
const LOCK: &str = ".lock";

impl Layout<'_> {
    /// Creates the folder, locks it, and removes what a killed publisher left. The lock is held as
    /// long as the returned file is open.
    pub(super) fn acquire(&self) -> Result<File, PublishError> {
        self.create_folders()?;
        let lock = self.lock()?;
        self.remove_leftovers()?;
        Ok(lock)
    }

    /// Whether [`Layout::acquire`] would be permitted to create the folder, or to write into the
    /// existing one. Changes nothing.
    pub(super) fn check_writable(&self) -> Result<(), PublishError> {
        self.reject_foreign_files()?;
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
        self.reject_foreign_files()?;
        let generations = self.generations_folder();
        let parents = self.parents_to_sync();
        self.disk.create_folder(&generations).map_err(failed(&generations))?;
        parents.iter().try_for_each(|parent| self.sync_parent(parent))
    }

    /// Rejects a folder in which adrc did not create what has the name of a link, of `current` or
    /// of the folder of generations.
    fn reject_foreign_files(&self) -> Result<(), PublishError> {
        for name in LINKS.into_iter().chain([CURRENT]) {
            let path = self.folder.join(name);
            if exists_and(&path, |found| !found.is_symlink()) {
                return Err(PublishError::Foreign(path));
            }
        }
        let (current, generations) = (self.folder.join(CURRENT), self.generations_folder());
        let leads_elsewhere = self.current_number().is_none() && exists_and(&current, |_| true);
        if leads_elsewhere {
            return Err(PublishError::Foreign(current));
        }
        if exists_and(&generations, |found| !found.is_dir()) {
            return Err(PublishError::Foreign(generations));
        }
        Ok(())
    }

    /// The folders above the published one whose names a power cut may lose: its parent, and the
    /// parents of all folders that have to be created. Empty once a generation is published.
    fn parents_to_sync(&self) -> Vec<PathBuf> {
        if self.current_number().is_some() {
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
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(PublishError::Locked(self.folder.to_owned())),
            Err(error) => Err(failed(&path)(error.into())),
        }
    }

    /// Removes what a killed publisher left: temporary names, and generations that never became
    /// current.
    fn remove_leftovers(&self) -> Result<(), PublishError> {
        let generations = self.generations_folder();
        let names = self.disk.names(&generations).map_err(failed(&generations))?;
        for name in names.iter().filter(|name| is_temporary(name)) {
            let path = generations.join(name);
            self.disk.remove_folder(&path).map_err(failed(&path))?;
        }
        let link = self.staging_link();
        if link.symlink_metadata().is_ok() {
            self.disk.remove_file(&link).map_err(failed(&link))?;
        }
        let generations = self.generations()?;
        let unused = match self.current_number() {
            Some(current) => generations.into_iter().filter(|it| *it > current).collect(),
            // several generations without `current` are a history whose link was removed by hand
            None if generations == [FIRST_GENERATION] => generations,
            None => Vec::new(),
        };
        unused.into_iter().try_for_each(|generation| self.remove(generation))
    }
}

/// Whether this is a folder in which this process may create files.
fn check_access(folder: &Path) -> io::Result<()> {
    if !folder.metadata()?.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// Whether something exists at a path and has a certain type. Links are not followed.
fn exists_and(path: &Path, has_type: impl FnOnce(fs::FileType) -> bool) -> bool {
    let found = path.symlink_metadata();
    found.is_ok_and(|found| has_type(found.file_type()))
}
