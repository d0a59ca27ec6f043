//! Reads files in a published folder. Symbolic links are not followed, and named pipes do not
//! block.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the only place that opens files of a published folder, for the server and the publisher"
)]

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use crate::limits::MAX_BYTES;
use crate::manifest::{Manifest, ManifestFile};
use crate::verify::FileError;
use entry::refused;

mod entry;
#[cfg(unix)]
#[path = "folder/unix.rs"]
mod system;
#[cfg(not(unix))]
#[path = "folder/other.rs"]
mod system;

pub use crate::phrase::phrase;
pub use system::Folder;

/// Largest manifest in bytes; each file takes some 200.
pub const MANIFEST_BYTES: u64 = 64 << 20;

/// Largest signature in bytes; minisign writes about 300.
pub const SIGNATURE_BYTES: u64 = 16 << 10;

/// Name of the symbolic link in a published folder that leads to the current generation.
pub const CURRENT: &str = "current";

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
    /// The link `current` is followed once, and only to a name inside the folder. A folder without
    /// that link is a copy of one generation, and is opened itself.
    ///
    /// # Errors
    ///
    /// The folder cannot be opened, or `current` leads out of it.
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

/// The target of the link `current` in a published folder; `None` if there is no such link.
///
/// # Errors
///
/// The link leads out of the folder.
pub fn current_target(published: &Path) -> io::Result<Option<PathBuf>> {
    let link = published.join(CURRENT);
    let Ok(target) = std::fs::read_link(&link) else {
        return Ok(None);
    };
    let is_below = |part: Component<'_>| matches!(part, Component::Normal(_));
    if target.components().all(is_below) {
        return Ok(Some(target));
    }
    Err(refused(format!(
        "`{CURRENT}` leads to {}, which is not a name inside the folder",
        target.display()
    )))
}

fn content(file: File, max: u64) -> io::Result<Content> {
    let metadata = file.metadata()?;
    let too_large = |given: u64| refused(format!("{given} bytes, and at most {max} are read"));
    if metadata.len() > max {
        return Err(too_large(metadata.len()));
    }
    let expected = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = Vec::with_capacity(expected.saturating_add(1));
    // the file may grow while it is read
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(too_large(bytes.len() as u64));
    }
    let modified = metadata.modified()?;
    Ok(Content { bytes, modified })
}
