//! Systems whose kernels do not keep names inside a folder: names are resolved part by part, as in
//! a published folder, and symbolic links are not followed.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use adr_bundle::Folder;

/// An open folder. Symbolic links in it are not followed.
#[derive(Debug)]
pub(crate) struct Root(Folder);

impl Root {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Folder::open(path).map(Self)
    }

    /// Opens a regular file for reading by its name, without waiting.
    pub(crate) fn file(&self, name: &str) -> io::Result<File> {
        self.0.file(name)
    }
}

/// Whether an error of [`Root::file`] means that there is no such file for clients. Otherwise this
/// machine has a problem.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidFilename
            // a link, or something other than a regular file
            | ErrorKind::InvalidInput
            | ErrorKind::PermissionDenied
    )
}
