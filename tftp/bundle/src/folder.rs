//! Reads files in a published folder. Symbolic links are not followed, and named pipes do not
//! block.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the only place that opens files of a published folder, for the server and the publisher"
)]

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::disk::read_open_file;
use crate::limits::MAX_BYTES;
use crate::manifest::{Manifest, ManifestFile};
use crate::verify::FileError;

mod current;
pub(crate) mod entry;

pub use crate::phrase::phrase;
pub use crate::platform::Folder;
pub use current::{CURRENT, LeadsElsewhere, current_target, pointer_text};

/// Largest manifest in bytes; each file takes some 200.
pub const MANIFEST_BYTES: u64 = 64 << 20;

/// Largest signature in bytes; minisign writes about 300.
pub const SIGNATURE_BYTES: u64 = 16 << 10;

/// The content of a file when it was read.
#[derive(Clone, Debug)]
pub struct Content {
    /// All bytes of the file.
    pub bytes: Vec<u8>,
    /// When the file was last written.
    pub modified: SystemTime,
}

impl Folder {
    /// Opens the current generation of a published folder.
    ///
    /// The link or pointer file `current` is followed once, and only to a name inside the folder. A
    /// folder without it is a copy of one generation, and is opened itself.
    ///
    /// # Errors
    ///
    /// The folder cannot be opened, or `current` leads out of it or nowhere.
    pub fn current(published: &Path) -> io::Result<Self> {
        let folder = Self::open(published)?;
        match current_target(published)? {
            Some(target) => folder.below(&target),
            None => Ok(folder),
        }
    }

    /// Reads a regular file of at most `max` bytes by its name, a relative path with `/`.
    ///
    /// # Errors
    ///
    /// The file is missing or too large, or [`Folder::file`] cannot open it.
    pub fn read(&self, name: &str, max: u64) -> io::Result<Content> {
        content(self.file(name)?, max)
    }

    /// Reads the text of the manifest.
    ///
    /// # Errors
    ///
    /// See [`Folder::read`].
    pub fn read_manifest(&self) -> io::Result<Vec<u8>> {
        Ok(self.read(Manifest::FILE_NAME, MANIFEST_BYTES)?.bytes)
    }

    /// Reads a file that a manifest lists. Its size is compared before anything is read; its
    /// content is not compared, see [`ManifestFile::check`].
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has another size.
    pub fn read_listed(&self, listed: &ManifestFile) -> Result<Vec<u8>, FileError> {
        let file = self.file(&listed.path)?;
        let found = file.metadata()?.len();
        listed.check_size(found)?;
        Ok(content(file, listed.size.min(MAX_BYTES))?.bytes)
    }
}

fn content(file: File, max: u64) -> io::Result<Content> {
    let modified = file.metadata()?.modified()?;
    Ok(Content { bytes: read_open_file(file, max)?, modified })
}
