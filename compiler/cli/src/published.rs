//! Reads the current generation of a published folder, even if another process publishes the next
//! one meanwhile.

use std::io;
use std::path::Path;

use adr_bundle::folder::phrase;
use adr_bundle::{Folder, Manifest, ManifestFile};
use adr_language::limits::FILE_BYTES;
use adr_watcher::publish::published_by;

use crate::failure::Failure;

/// The generation that was current when [`Published::open`] ran.
pub(crate) struct Published<'p> {
    path: &'p str,
    folder: Folder,
    manifest: Manifest,
}

impl<'p> Published<'p> {
    /// Opens the current generation of a published folder and reads its manifest.
    pub(crate) fn open(path: &'p str) -> Result<Self, Failure> {
        let folder = Folder::current(Path::new(path));
        let text = folder.and_then(|folder| Ok((folder.read_manifest()?, folder)));
        let name = format!("{path}/{}", Manifest::FILE_NAME);
        let (text, folder) = text.map_err(|error| unreadable(&name, &error))?;
        let manifest = Manifest::parse(&text).map_err(|error| {
            Failure::new(format!("{name}: {error}"), "compile the dial plan again")
        })?;
        Ok(Self { path, folder, manifest })
    }

    /// The manifest of the generation.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The version of adrc that published the generation.
    pub(crate) fn tool(&self) -> Option<String> {
        published_by(&self.folder, &self.manifest)
    }

    /// The path of the folder as the user wrote it.
    pub(crate) fn path(&self) -> &str {
        self.path
    }

    /// The path of a file of the folder, for messages.
    pub(crate) fn name_of(&self, file: &str) -> String {
        format!("{}/{file}", self.path)
    }

    /// Reads a file without comparing it with the manifest.
    pub(crate) fn read(&self, file: &str) -> Result<Vec<u8>, Failure> {
        let read = self.folder.read(file, FILE_BYTES);
        let read = read.map_err(|error| unreadable(&self.name_of(file), &error))?;
        Ok(read.bytes)
    }

    /// Reads a file and verifies its size and hash against the manifest.
    pub(crate) fn read_listed(&self, listed: &ManifestFile) -> Result<Vec<u8>, Failure> {
        let read = self.folder.read_listed(listed);
        let checked = read.and_then(|bytes| listed.check(&bytes).map(|()| bytes));
        checked.map_err(|damage| {
            Failure::new(
                format!("{}: {damage}", self.name_of(&listed.path)),
                "the folder was changed after it was published; compile the dial plan again",
            )
        })
    }
}

fn unreadable(path: &str, error: &io::Error) -> Failure {
    Failure::new(format!("{path}: {}", phrase(error)), "compile the dial plan again")
}
