//! Linux and macOS.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::cache::CacheError;

/// Creates a folder that only its owner can enter, with its parents.
pub(crate) fn create_private(folder: &Path) -> Result<(), CacheError> {
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created.map_err(|source| CacheError::Io { path: folder.to_owned(), source })
}

/// Checks that no other user can write to a folder.
pub(crate) fn check_private(folder: &Path) -> Result<(), CacheError> {
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

/// Makes a rename in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Whether a runtime can be started. The first runtime of a process opens six descriptors, and
/// tokio panics if it does not get two of them.
pub(crate) fn has_descriptors() -> io::Result<()> {
    let _pairs = (UnixStream::pair()?, UnixStream::pair()?, UnixStream::pair()?);
    Ok(())
}

/// Keeps other processes of the user from reading dialed numbers in the memory of this one, and
/// the kernel from writing them to a core dump. Only Linux has a call for this.
pub(crate) fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // fails only on kernels that do not know the call; the core works without it
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
