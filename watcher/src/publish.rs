//! Publishing: a generation is there as a whole or not at all.
//!
//! ```text
//! DIR/generations/3/          complete trees, each with its manifest.json and record.json
//! DIR/current -> generations/3    the one switch, renamed into place
//! DIR/CUPC -> current/CUPC        stable links, made once; likewise the root files, sites, manifest.json
//! ```
//!
//! A reader that follows `current` sees the old tree or the new one, never a mixture, whatever is
//! killed when: everything is written and synced below `generations/` before the link is renamed.

mod disk;
mod error;
mod history;
mod layout;
mod memory;
mod record;
mod rollback;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_bundle::folder::SIGNATURE_BYTES;
use adr_bundle::{
    FORMAT_VERSION, Folder, Manifest, ManifestFile, ManifestView, SIGNATURE_FILE_NAME, sha256,
};
use adr_language::Artifacts;
use serde::{Deserialize, Serialize};

pub use disk::Disk;
pub use error::PublishError;
pub use history::{Kept, history};
pub use memory::tree_after;
pub use record::Rollback;
pub use rollback::Rolled;

use layout::{Current, Layout};
use record::Record;

/// Generations that are kept unless told otherwise.
pub const KEEP: usize = 10;

/// Signs a manifest: gives the text of its signature file for the manifest's bytes and its
/// generation.
pub type Signer = dyn Fn(&[u8], u64) -> Result<String, String>;

/// Whether the text of a signature is still good for the bytes of its manifest, so that it need not
/// be made anew.
pub type Freshness = dyn Fn(&[u8], &str) -> bool;

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The generation that is current now.
    pub generation: u64,
    /// False when the content was published already.
    pub changed: bool,
}

/// A generation that somebody looked at: its number, and the SHA-256 of its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The number.
    pub generation: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

/// Publishes into one folder.
pub struct Publisher<'p> {
    folder: &'p Path,
    tool: &'p str,
    time: u64,
    keep: usize,
    expected: Option<Option<Base>>,
    holds_rollbacks: bool,
    signer: Option<&'p Signer>,
    freshness: Option<&'p Freshness>,
    disk: &'p Disk,
}

static WHOLE_DISK: Disk = Disk::whole();

impl<'p> Publisher<'p> {
    /// Publishes into `folder`, as this version of adrc, at this time in seconds since 1970. Keeps
    /// [`KEEP`] generations.
    #[must_use]
    pub fn new(folder: &'p Path, tool: &'p str, time: u64) -> Self {
        Self {
            folder,
            tool,
            time,
            keep: KEEP,
            expected: None,
            holds_rollbacks: false,
            signer: None,
            freshness: None,
            disk: &WHOLE_DISK,
        }
    }

    /// Keeps the newest `generations`, at least the current one.
    #[must_use]
    pub fn keeping(mut self, generations: usize) -> Self {
        self.keep = generations;
        self
    }

    /// Refuses with [`PublishError::Stale`] unless this is current; `None` stands for a folder
    /// where nothing is published.
    #[must_use]
    pub fn expecting(mut self, base: Option<Base>) -> Self {
        self.expected = Some(base);
        self
    }

    /// Refuses with [`PublishError::RolledBack`] to publish what was rolled back last. For those
    /// who publish by themselves: whoever rolls back by hand wants it to stay.
    #[must_use]
    pub fn holding_rollbacks(mut self) -> Self {
        self.holds_rollbacks = true;
        self
    }

    /// Signs every manifest.
    #[must_use]
    pub fn signing(mut self, signer: &'p Signer) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Publishes equal content once more, under the next number, when the current signature is not
    /// fresh.
    #[must_use]
    pub fn renewing(mut self, freshness: &'p Freshness) -> Self {
        self.freshness = Some(freshness);
        self
    }

    /// Does its file operations on this disk.
    #[must_use]
    pub fn on(mut self, disk: &'p Disk) -> Self {
        self.disk = disk;
        self
    }

    /// Publishes artefacts as the next generation, unless the current one is intact and equal.
    ///
    /// `read_back` runs while the files are being written, and must succeed before the switch.
    ///
    /// # Errors
    ///
    /// See [`PublishError`].
    pub fn publish(
        &self,
        artefacts: &Artifacts,
        read_back: impl FnOnce() -> Result<(), String> + Send,
    ) -> Result<Published, PublishError> {
        let layout = self.layout();
        let _lock = layout.begin()?;
        std::thread::scope(|scope| {
            let checked = scope.spawn(read_back);
            let content = content(artefacts);
            let current = layout.current();
            self.as_expected(current.as_ref())?;
            if let Some(current) = &current
                && current.manifest.same_content(&content)
                && self.is_as_it_should_be(current)
            {
                let generation = current.number;
                layout.link(&layout.generation_folder(generation))?;
                let _ = layout.tidy(self.keep);
                // whoever switched to it may have been killed before that was on the disk
                layout.sync(generation)?;
                return Ok(Published { generation, changed: false });
            }
            self.refuse_unsigned(current.as_ref())?;
            self.hold_rollback(current.as_ref(), &content)?;
            let record = self.record(current.as_ref(), &content);
            self.add(content, artefacts, &record, || match checked.join() {
                Ok(checked) => checked,
                Err(_) => Err("reading the files back failed".to_owned()),
            })
        })
    }

    /// Publishes what is current once more, under the next number, with a signature of now; `None`
    /// where nothing signed is current, or its signature is not due.
    ///
    /// `is_due` says so of a manifest's bytes and the text of its signature.
    ///
    /// # Errors
    ///
    /// See [`PublishError`].
    pub fn renew(
        &self,
        is_due: impl Fn(&[u8], &str) -> bool,
    ) -> Result<Option<Published>, PublishError> {
        let layout = self.layout();
        let due = || {
            let current = layout.current().filter(|_| self.signer.is_some())?;
            let folder = layout.open(current.number).ok()?;
            signed(&folder, &is_due).then_some(current)
        };
        if due().is_none() {
            return Ok(None);
        }
        let _lock = layout.begin()?;
        // somebody else may have published in between
        let Some(current) = due() else {
            return Ok(None);
        };
        let (manifest, artefacts) = rollback::load(layout, current.number)?;
        let record = self.record(Some(&current), &manifest);
        self.add(manifest, &artefacts, &record, || Ok(())).map(Some)
    }

    /// Whether publishing could begin: the folder is there or can be made, and nothing in it
    /// forbids it. Changes nothing.
    ///
    /// # Errors
    ///
    /// What [`Publisher::publish`] would say of the folder before it writes anything.
    pub fn check(&self) -> Result<(), PublishError> {
        let layout = self.layout();
        layout.check()?;
        self.refuse_unsigned(layout.current().as_ref())
    }

    /// What is current in the folder, for [`Publisher::expecting`]; `None` where nothing is
    /// published.
    #[must_use]
    pub fn base(&self) -> Option<Base> {
        self.layout()
            .current()
            .map(|current| Base { generation: current.manifest.generation, sha256: current.sha256 })
    }

    fn layout(&self) -> Layout<'p> {
        Layout { folder: self.folder, disk: self.disk }
    }

    /// Writes the next generation and switches to it.
    fn add(
        &self,
        content: Manifest,
        artefacts: &Artifacts,
        record: &Record,
        read_back: impl FnOnce() -> Result<(), String>,
    ) -> Result<Published, PublishError> {
        let layout = self.layout();
        let before = layout.current_number().unwrap_or(0);
        let generation = layout.next()?;
        let manifest = Manifest { generation, tool: self.tool.to_owned(), ..content };
        self.write(&manifest, artefacts, record)?;
        if let Err(reason) = read_back() {
            let _ = layout.remove(generation);
            return Err(PublishError::ReadBack(reason));
        }
        layout.switch(generation)?;
        // The new generation is what readers see; what is left over goes with the next one.
        if record.again.is_some() && layout.is_again(before) {
            // however often a signature is made anew, older content to go back to stays
            let _ = layout.remove(before);
        }
        let _ = layout.tidy(self.keep);
        Ok(Published { generation, changed: true })
    }

    fn as_expected(&self, current: Option<&Current>) -> Result<(), PublishError> {
        let Some(expected) = &self.expected else {
            return Ok(());
        };
        let found = current.map(|current| (current.manifest.generation, current.sha256.as_str()));
        let wanted = expected.as_ref().map(|base| (base.generation, base.sha256.as_str()));
        if found == wanted {
            return Ok(());
        }
        Err(PublishError::Stale {
            folder: self.folder.to_owned(),
            expected: wanted.map_or(0, |(generation, _)| generation),
            found: found.map_or(0, |(generation, _)| generation),
        })
    }

    /// Intact, under its own number, and signed if it should be.
    fn is_as_it_should_be(&self, current: &Current) -> bool {
        let is_signed = self.signer.is_none() || (current.is_signed && self.is_fresh(current));
        let is_intact = || self.layout().verify(current.number, &current.manifest);
        is_signed && current.number == current.manifest.generation && is_intact().is_ok()
    }

    fn is_fresh(&self, current: &Current) -> bool {
        let Some(is_fresh) = self.freshness else {
            return true;
        };
        let folder = self.layout().open(current.number);
        folder.is_ok_and(|folder| signed(&folder, is_fresh))
    }

    fn refuse_unsigned(&self, current: Option<&Current>) -> Result<(), PublishError> {
        if self.signer.is_none() && current.is_some_and(|current| current.is_signed) {
            return Err(PublishError::Unsigned(self.folder.to_owned()));
        }
        Ok(())
    }

    fn hold_rollback(
        &self,
        current: Option<&Current>,
        content: &Manifest,
    ) -> Result<(), PublishError> {
        let Some(current) = current.filter(|_| self.holds_rollbacks) else {
            return Ok(());
        };
        let content = sha256_of(content);
        let held = self.layout().held(current);
        match held.iter().find(|held| held.content == content) {
            Some(held) => Err(PublishError::RolledBack {
                generation: held.generation,
                current: current.manifest.generation,
            }),
            None => Ok(()),
        }
    }

    /// What is written down beside new content. The same content once more, because its signature
    /// or its files had to be made anew, is what it was before: a rollback stays one.
    fn record(&self, current: Option<&Current>, content: &Manifest) -> Record {
        let same = current.filter(|current| current.manifest.same_content(content));
        let Some(same) = same else {
            return Record::at(self.time);
        };
        let before = same.record.clone().unwrap_or(Record::at(self.time));
        let held = self.layout().held(same);
        before.again(self.time, same.manifest.generation, held)
    }
}

/// Whether the generation in a folder is signed, and its manifest and its signature are like this.
fn signed(folder: &Folder, is_so: impl Fn(&[u8], &str) -> bool) -> bool {
    let signature = folder.read(SIGNATURE_FILE_NAME, SIGNATURE_BYTES);
    let signature = signature.map(|it| String::from_utf8(it.bytes));
    match (folder.read_manifest(), signature) {
        (Ok(manifest), Ok(Ok(signature))) => is_so(&manifest, &signature),
        _ => false,
    }
}

/// Where a generation of a published folder lies.
#[must_use]
pub fn generation_folder(folder: &Path, generation: u64) -> PathBuf {
    let disk = &WHOLE_DISK;
    Layout { folder, disk }.generation_folder(generation)
}

/// The SHA-256 of everything that is published of these artefacts: files, and views with their
/// networks.
#[must_use]
pub fn content_sha256(artefacts: &Artifacts) -> String {
    sha256_of(&content(artefacts))
}

/// The same of what a manifest lists, whatever its generation and its tool.
fn sha256_of(manifest: &Manifest) -> String {
    let content = Manifest { generation: 0, tool: String::new(), ..manifest.clone() };
    sha256(content.to_json().as_bytes())
}

/// What a generation of these artefacts holds, as generation 0 of no tool.
fn content(artefacts: &Artifacts) -> Manifest {
    let mut hashed: Vec<(*const u8, ManifestFile)> = Vec::new();
    let file = |(path, bytes): &(String, Arc<Vec<u8>>)| {
        let known = hashed.iter().find(|(known, _)| *known == bytes.as_ptr());
        let file = known.map_or_else(|| ManifestFile::of(path, bytes), |(_, file)| file.clone());
        hashed.push((bytes.as_ptr(), file.clone()));
        ManifestFile { path: path.clone(), ..file }
    };
    let view = |view: &adr_language::ViewFolder| ManifestView {
        name: view.name.clone(),
        folder: view.folder.clone(),
        networks: view.networks.clone(),
    };
    Manifest {
        format_version: FORMAT_VERSION,
        generation: 0,
        tool: String::new(),
        views: artefacts.views.iter().map(view).collect(),
        files: artefacts.files.iter().map(file).collect(),
    }
}
