//! A folder that only its owner can write to, on each system.

use std::fs;
use std::io;
use std::path::Path;

use super::error::CacheError;

/// Creates a folder that only its owner can enter, with its parents.
#[cfg(unix)]
pub(super) fn create(folder: &Path) -> Result<(), CacheError> {
    use std::os::unix::fs::DirBuilderExt;
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created.map_err(|source| CacheError::Io { path: folder.to_owned(), source })
}

/// Creates a folder with its parents. It inherits its permissions from the folder around it.
#[cfg(windows)]
pub(super) fn create(folder: &Path) -> Result<(), CacheError> {
    let created = fs::create_dir_all(folder);
    created.map_err(|source| CacheError::Io { path: folder.to_owned(), source })
}

/// Checks that no other user can write to a folder.
#[cfg(unix)]
pub(super) fn check(folder: &Path) -> Result<(), CacheError> {
    use std::os::unix::fs::MetadataExt;
    let path = folder.to_owned();
    let metadata = match fs::metadata(folder) {
        Ok(metadata) => metadata,
        Err(source) => return Err(CacheError::Io { path, source }),
    };
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(CacheError::OtherOwner { path });
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(CacheError::WritableByOthers { path });
    }
    Ok(())
}

/// Checks only that the path is a folder: access control lists are not read.
#[cfg(windows)]
pub(super) fn check(folder: &Path) -> Result<(), CacheError> {
    let path = folder.to_owned();
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(CacheError::NotAFolder { path }),
        Err(source) => Err(CacheError::Io { path, source }),
    }
}

/// Makes a rename in a folder durable.
#[cfg(unix)]
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Windows has no call for this: whether a rename is durable depends on the file system.
#[cfg(windows)]
pub(super) fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}
