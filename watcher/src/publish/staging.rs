//! Writing a complete generation into its staging folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use adr_bundle::signature::is_folder_name;
use adr_bundle::{Manifest, SIGNATURE_FILE_NAME};

use super::disk::Disk;
use super::error::{PublishError, failed};
use super::publisher::Publisher;
use super::record::Record;
use crate::publication::SealedGeneration;

impl Publisher<'_> {
    /// Writes a complete generation, syncs it, and gives it its name. Replaces a generation with
    /// that name.
    pub(super) fn write(&self, sealed: &SealedGeneration) -> Result<(), PublishError> {
        let (layout, generation) = (self.layout(), sealed.manifest().generation);
        let staging = layout.staging_folder(generation);
        let written = self.stage(&staging, sealed).and_then(|()| {
            // the one before is removed last: readers miss it only between two renames
            let replaced = layout.set_aside(generation)?;
            layout.unstage(generation)?;
            if let Some(path) = replaced {
                let _ = self.disk.remove_folder(&path);
            }
            Ok(())
        });
        if written.is_err() {
            let _ = self.disk.remove_folder(&staging);
        }
        written
    }

    fn stage(&self, staging: &Path, sealed: &SealedGeneration) -> Result<(), PublishError> {
        let mut folders = Folders::create(staging, self.disk)?;
        let mut written: HashMap<*const u8, PathBuf> = HashMap::new();
        for (listed, bytes) in sealed.files() {
            let path = staging.join(&listed.path);
            folders.create_for(&path)?;
            match written.get(&bytes.as_ptr()) {
                // a file system without hard links has a copy of the file
                Some(original) => {
                    self.disk.hard_link(original, &path).or_else(|_| self.disk.write(&path, bytes))
                }
                None => self.disk.write(&path, bytes),
            }
            .map_err(failed(&path))?;
            written.insert(bytes.as_ptr(), path);
        }
        let document = sealed.document();
        // a copy that somebody made by hand has no record
        if !document.record.is_empty() {
            self.write_text(&staging.join(Record::FILE_NAME), &document.record)?;
        }
        if let Some(signature) = &document.signature {
            self.write_text(&staging.join(SIGNATURE_FILE_NAME), signature)?;
        }
        self.write_text(&staging.join(Manifest::FILE_NAME), &document.manifest)?;
        folders.sync()
    }

    fn write_text(&self, path: &Path, text: &str) -> Result<(), PublishError> {
        self.disk.write(path, text.as_bytes()).map_err(failed(path))
    }
}

/// The name of a published folder for its signatures: the last part of its path. `None` if it has
/// other characters than a signature allows.
pub(crate) fn signed_name(folder: &Path) -> Option<String> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = folder.file_name()?.to_str()?;
    is_folder_name(name).then(|| name.to_owned())
}

/// The folders of a generation that is being written.
struct Folders<'w> {
    top: &'w Path,
    disk: &'w Disk,
    /// All folders that were created, each after its parent.
    created: Vec<PathBuf>,
}

impl<'w> Folders<'w> {
    fn create(top: &'w Path, disk: &'w Disk) -> Result<Self, PublishError> {
        disk.create_folder(top).map_err(failed(top))?;
        let created = vec![top.to_owned()];
        Ok(Self { top, disk, created })
    }

    /// Creates the folders of a file that do not exist yet.
    fn create_for(&mut self, file: &Path) -> Result<(), PublishError> {
        for folder in file.ancestors().skip(1).take_while(|it| *it != self.top) {
            if !self.created.iter().any(|known| known == folder) {
                self.disk.create_folder(folder).map_err(failed(folder))?;
                self.created.push(folder.to_owned());
            }
        }
        Ok(())
    }

    /// Syncs all folders, the top one last.
    fn sync(&self) -> Result<(), PublishError> {
        let mut top_last = self.created.iter().rev();
        top_last.try_for_each(|folder| self.disk.sync(folder).map_err(failed(folder)))
    }
}
