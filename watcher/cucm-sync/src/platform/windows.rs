//! Windows: the folder around a file says who may read it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a folder, and those above it. It inherits its permissions.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Opens a file, and creates it if it does not exist. It inherits its permissions.
pub(crate) fn open_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// Windows has no call for this: whether a rename is durable depends on the file system.
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Windows uses huge pages only for programs that ask for them.
pub(crate) fn use_no_huge_pages() {}
