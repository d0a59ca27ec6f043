//! Windows: a file inherits its permissions, so they are those of the folder around it.

use std::fs::File;
use std::io;

/// No permission bits: Windows has none.
pub(crate) fn mode_for_others(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}
