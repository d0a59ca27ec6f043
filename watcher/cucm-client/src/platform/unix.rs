//! Unix: modes of files.

use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt;

/// The permission bits of an open file, if its group or others have access to it.
pub(crate) fn mode_for_others(file: &File) -> io::Result<Option<u32>> {
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    Ok((mode & 0o077 != 0).then_some(mode))
}
