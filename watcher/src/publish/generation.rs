//! Reading generations: manifest, record, and files, verified.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use adr_bundle::folder::phrase;
use adr_bundle::{Folder, Manifest, SIGNATURE_FILE_NAME, sha256};
use adr_language::{Artifacts, ViewFolder};

use super::error::{PublishError, failed};
use super::layout::{Layout, relative_folder};
use super::publisher::Base;
use super::record::{BlockedContent, Record, Rollback};

/// Most bytes of a record: it names one generation for each rollback in a row.
pub(crate) const RECORD_BYTES: u64 = 16 << 20;

/// The generation that readers see.
pub(super) struct Current {
    /// The number that the link leads to.
    pub(super) number: u64,
    pub(super) manifest: Manifest,
    /// SHA-256 of the manifest's bytes, lower-case hexadecimal.
    pub(super) sha256: String,
    /// Whether it has a signature, valid or not.
    pub(super) is_signed: bool,
    pub(super) record: Option<Record>,
}

impl Current {
    /// What identifies it.
    pub(super) fn base(&self) -> Base {
        Base { generation: self.manifest.generation, sha256: self.sha256.clone() }
    }

    /// The rollback that made it.
    pub(super) fn rollback(&self) -> Option<Rollback> {
        self.record.as_ref()?.rollback
    }
}

impl Layout<'_> {
    /// The current generation; `None` if there is none, or if its folder or manifest is damaged.
    ///
    /// # Errors
    ///
    /// The operating system reported an error, as for [`Layout::current_number`].
    pub(super) fn current(&self) -> Result<Option<Current>, PublishError> {
        self.read_current(self.current_number()?)
    }

    /// The same for a number that is known.
    pub(super) fn read_current(
        &self,
        number: Option<u64>,
    ) -> Result<Option<Current>, PublishError> {
        let Some(number) = number else { return Ok(None) };
        let opened = self.unless_damaged(number, || self.open(number))?;
        let Some(folder) = opened else { return Ok(None) };
        let text = self.unless_damaged(number, || folder.read_manifest())?;
        let Some(text) = text else { return Ok(None) };
        let record =
            self.unless_damaged(number, || folder.read(Record::FILE_NAME, RECORD_BYTES))?;
        Ok(Manifest::parse(&text).ok().map(|manifest| Current {
            number,
            manifest,
            sha256: sha256(&text),
            is_signed: !is_missing(&folder.file(SIGNATURE_FILE_NAME)),
            record: record.and_then(|record| Record::parse(&record.bytes)),
        }))
    }

    /// Reads a part of a generation; `None` if it is missing, or not what adrc wrote there, such as
    /// a link or a folder.
    fn unless_damaged<T>(
        &self,
        generation: u64,
        read: impl FnOnce() -> io::Result<T>,
    ) -> Result<Option<T>, PublishError> {
        match self.disk.read(read) {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_damage(&error) => Ok(None),
            Err(error) => Err(failed(&self.generation_folder(generation))(error)),
        }
    }

    /// Opens the folder of a generation.
    pub(super) fn open(&self, generation: u64) -> io::Result<Folder> {
        Folder::open(self.folder)?.below(&relative_folder(generation))
    }

    /// Whether a generation has a signature, valid or not, also if its manifest is damaged. If its
    /// folder is gone, the newest older generation tells.
    pub(super) fn is_signed(&self, number: Option<u64>) -> Result<bool, PublishError> {
        let Some(number) = number else { return Ok(false) };
        let older = self.generations()?.into_iter().rev().filter(|older| *older < number);
        for generation in std::iter::once(number).chain(older) {
            let opened = self.unless_damaged(generation, || self.open(generation))?;
            if let Some(folder) = opened {
                return Ok(!is_missing(&folder.file(SIGNATURE_FILE_NAME)));
            }
        }
        Ok(false)
    }

    /// The manifest of a generation; `None` if there is none that can be read.
    pub(super) fn manifest(&self, generation: u64) -> Option<Manifest> {
        let text = self.open(generation).ok()?.read_manifest().ok()?;
        Manifest::parse(&text).ok()
    }

    /// The record of a generation; `None` if there is none that can be read.
    pub(super) fn record(&self, generation: u64) -> Option<Record> {
        read_record(&self.open(generation).ok()?)
    }

    /// Content that was rolled back, as the record of the current generation lists it. For a record
    /// without a list, as old versions of adrc wrote them, the generation that was rolled back.
    pub(super) fn blocked(&self, current: &Current) -> Vec<BlockedContent> {
        let blocked = current.record.as_ref().map(|record| record.blocked.clone());
        let blocked = blocked.unwrap_or_default();
        match current.rollback() {
            Some(rollback) if blocked.is_empty() => {
                let from = self.manifest(rollback.from).into_iter();
                let other = from.filter(|from| !from.same_content(&current.manifest));
                other.map(|from| BlockedContent::of(rollback.from, &from)).collect()
            }
            _ => blocked,
        }
    }

    /// A number for a new generation, greater than every number that clients may have seen.
    ///
    /// # Errors
    ///
    /// The largest possible number is taken, or the folder of generations cannot be read.
    pub(super) fn next_number(&self, current: Option<u64>) -> Result<u64, PublishError> {
        // clients compare the number in the manifest; it differs if the folder was renamed by hand
        let seen = current.and_then(|it| self.manifest(it)).map(|it| it.generation);
        let kept = self.generations()?.last().copied();
        let latest = current.max(seen).max(kept).unwrap_or(0);
        latest.checked_add(1).ok_or_else(|| PublishError::NoNumberLeft(self.folder.to_owned()))
    }

    /// Compares the files of a generation with its manifest.
    ///
    /// # Errors
    ///
    /// A file is missing or differs.
    pub(super) fn verify(&self, generation: u64, manifest: &Manifest) -> Result<(), PublishError> {
        let folder = self.open(generation);
        let folder = folder.map_err(|error| self.damaged(generation, phrase(&error)))?;
        let verified = manifest.verify(|listed| folder.read_listed(listed));
        verified.map_err(|damage| self.damaged(generation, damage.to_string()))
    }

    /// Reads a generation as a whole.
    ///
    /// # Errors
    ///
    /// Its manifest or a file is missing, or a file differs from the manifest.
    pub(super) fn load(&self, generation: u64) -> Result<(Manifest, Artifacts), PublishError> {
        let damaged = |reason: String| self.damaged(generation, reason);
        let folder = self.open(generation).map_err(|error| damaged(phrase(&error)))?;
        let text = folder.read_manifest().map_err(|error| damaged(phrase(&error)))?;
        let manifest = Manifest::parse(&text).map_err(|error| damaged(error.to_string()))?;
        // equal files share their bytes, as they do where they are compiled
        let mut known: HashMap<&str, Arc<Vec<u8>>> = HashMap::new();
        let mut files = Vec::new();
        for listed in &manifest.files {
            let bytes = folder.read_listed(listed).and_then(|bytes| {
                listed.check(&bytes)?;
                Ok(bytes)
            });
            let bytes = bytes.map_err(|reason| damaged(format!("{}: {reason}", listed.path)))?;
            let shared = known.entry(&listed.sha256).or_insert_with(|| Arc::new(bytes));
            files.push((listed.path.clone(), Arc::clone(shared)));
        }
        let views = manifest.views.iter().map(|view| ViewFolder {
            name: view.name.clone(),
            folder: view.folder.clone(),
            networks: view.networks.clone(),
        });
        let views = views.collect();
        Ok((manifest, Artifacts { views, files }))
    }

    fn damaged(&self, generation: u64, reason: String) -> PublishError {
        PublishError::Damaged { path: self.generation_folder(generation), reason }
    }
}

/// The record of the generation in a folder; `None` if there is none that can be read.
pub(super) fn read_record(folder: &Folder) -> Option<Record> {
    let text = folder.read(Record::FILE_NAME, RECORD_BYTES).ok()?;
    Record::parse(&text.bytes)
}

/// The version of adrc that published the generation in this folder: its record says so, or for old
/// generations its manifest. `None` for a copy without a record.
#[must_use]
pub fn published_by(folder: &Folder, manifest: &Manifest) -> Option<String> {
    let recorded = read_record(folder).map(|record| record.tool);
    recorded.filter(|tool| !tool.is_empty()).or_else(|| manifest.tool.clone())
}

/// Whether an error says what is wrong with a file or a folder, so that reading it again will end
/// in the same way. Others come from the system, such as too many open files, or a drive.
fn is_damage(error: &io::Error) -> bool {
    let is_of_name = matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::FileTooLarge
    );
    // adrc found out by itself that it is a link, a pipe or a device
    is_of_name || (error.kind() == ErrorKind::InvalidInput && error.get_ref().is_some())
}

/// Whether a file does not exist. A file that cannot be opened exists.
fn is_missing(opened: &io::Result<File>) -> bool {
    let error = opened.as_ref().err();
    error.is_some_and(|error| error.kind() == ErrorKind::NotFound)
}
