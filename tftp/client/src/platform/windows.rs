//! Windows.

use std::fs;
use std::io;
use std::path::Path;

use crate::cache::CacheError;

/// Creates a folder with its parents. It inherits its permissions from the folder around it.
pub(crate) fn create_private(folder: &Path) -> Result<(), CacheError> {
    let created = fs::create_dir_all(folder);
    created.map_err(|source| CacheError::Io { path: folder.to_owned(), source })
}

/// Checks only that the path is a folder: access control lists are not read.
pub(crate) fn check_private(folder: &Path) -> Result<(), CacheError> {
    let path = folder.to_owned();
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(CacheError::NotAFolder { path }),
        Err(source) => Err(CacheError::Io { path, source }),
    }
}

/// Windows has no call for this: whether a rename is durable depends on the file system.
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// A runtime needs no descriptors.
pub(crate) fn has_descriptors() -> io::Result<()> {
    Ok(())
}

/// Windows has no call for this: a debugger of the same user can read the memory.
pub(crate) fn keep_memory_private() {}
