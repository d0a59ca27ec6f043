//! Reads files below a published folder, without following links and without waiting on pipes.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the one place that opens the files of a published folder, for the server and the publisher"
)]

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use crate::manifest::{Manifest, ManifestFile};
use crate::tree::MOST_BYTES;

#[cfg(unix)]
#[path = "folder/unix.rs"]
mod system;
#[cfg(not(unix))]
#[path = "folder/other.rs"]
mod system;

pub use system::Folder;

/// Most bytes of a manifest: some 200 for each file.
pub const MANIFEST_BYTES: u64 = 64 << 20;

/// Most bytes of a signature; minisign writes about 300.
pub const SIGNATURE_BYTES: u64 = 16 << 10;

/// The link of a published folder that leads to the current generation.
pub const CURRENT: &str = "current";

/// What a file held when it was read.
#[derive(Clone, Debug)]
pub struct Content {
    /// All bytes of the file.
    pub bytes: Vec<u8>,
    /// When the file was last written.
    pub modified: SystemTime,
}

impl Folder {
    /// Opens the generation that readers of a published folder see.
    ///
    /// The link `current` is followed once, and only to a name below the folder. A folder without
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

    /// Reads a regular file of at most `most` bytes by its name, a relative path with `/`.
    ///
    /// # Errors
    ///
    /// There is no such file, it is larger, or [`Folder::file`] does not open it.
    pub fn read(&self, name: &str, most: u64) -> io::Result<Content> {
        content(self.file(name)?, most)
    }

    /// Reads the manifest's text.
    ///
    /// # Errors
    ///
    /// See [`Folder::read`].
    pub fn read_manifest(&self) -> io::Result<Vec<u8>> {
        Ok(self.read(Manifest::FILE_NAME, MANIFEST_BYTES)?.bytes)
    }

    /// Reads a file that a manifest lists. The size is compared before anything is read; the
    /// content is not, see [`ManifestFile::check`].
    ///
    /// # Errors
    ///
    /// The file cannot be read or has another size; a phrase.
    pub fn read_listed(&self, listed: &ManifestFile) -> Result<Vec<u8>, String> {
        let read = || {
            let file = self.file(&listed.path)?;
            let found = file.metadata()?.len();
            listed.check_size(found).map_err(refused)?;
            content(file, listed.size.min(MOST_BYTES))
        };
        read().map(|read| read.bytes).map_err(|error| phrase(&error))
    }
}

/// Where the link `current` of a published folder leads; `None` where there is no such link.
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

/// An error of the operating system as a phrase, without its number.
#[must_use]
pub fn phrase(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn content(file: File, most: u64) -> io::Result<Content> {
    let metadata = file.metadata()?;
    let too_large = |given: u64| refused(format!("{given} bytes, and at most {most} are read"));
    if metadata.len() > most {
        return Err(too_large(metadata.len()));
    }
    let expected = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = Vec::with_capacity(expected.saturating_add(1));
    // the file may grow while it is read
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_large(bytes.len() as u64));
    }
    let modified = metadata.modified()?;
    Ok(Content { bytes, modified })
}

fn refused(reason: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, reason.into())
}

/// Refuses a name that is not made of plain parts with `/` between them: an absolute path, `..`,
/// the name of a drive, and what another name says as well, such as `b//c`.
fn check_name(name: &str) -> io::Result<()> {
    let is_plain = |part: &str| {
        let mut parts = Path::new(part).components();
        parts.next() == Some(Component::Normal(part.as_ref())) && parts.next().is_none()
    };
    name.split('/').all(is_plain).then_some(()).ok_or_else(outside)
}

fn outside() -> io::Error {
    refused("this is not a name inside the folder")
}

fn is_link() -> io::Error {
    refused("this is a symbolic link, and adrc follows no links in a published folder")
}

/// The file itself, if it is a regular one.
fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(not_regular())
}

fn not_regular() -> io::Error {
    refused("this is not a regular file")
}
