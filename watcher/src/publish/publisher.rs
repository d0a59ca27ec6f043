//! Publishes artifacts as the next generation.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use adr_bundle::signature::PublicKey;
use adr_language::{Artifacts, ReadBackError};
use serde::{Deserialize, Serialize};

use super::annotation::Annotation;
use super::content::manifest_of;
use super::disk::{DISK, Disk};
use super::error::PublishError;
use super::generation::Current;
use super::layout::Layout;
use super::next::Next;
use super::prepare::Locked;
use super::signing::Signer;
use super::sources::SourcesIdentity;
use super::switch::Switch;
use super::through::Standing;
use crate::publication::Publication;

/// Generations that a [`Publisher`] keeps by default.
pub const DEFAULT_KEPT_GENERATIONS: usize = 10;

/// The time between two attempts to lock the folder.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// What publishing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The generation that is current now.
    pub generation: u64,
    /// False if the same content was current already.
    pub changed: bool,
}

/// Identifies a generation: by its number, and by its content as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The number.
    pub generation: u64,
    /// SHA-256 of the manifest, lower-case hexadecimal.
    pub sha256: String,
}

/// Publishes into one folder.
pub struct Publisher<'p> {
    pub(super) folder: &'p Path,
    /// Version of the adrc that publishes; written into the record.
    pub(super) tool: &'p str,
    /// When it publishes, in seconds since 1970.
    pub(super) time: u64,
    /// How many generations stay in the folder.
    pub(super) keep: usize,
    /// What has to be current, see [`Self::expecting`]; `None` without such a condition.
    pub(super) expected: Option<Option<Base>>,
    pub(super) honors_rollbacks: bool,
    pub(super) annotation: Annotation,
    pub(super) signer: Option<&'p dyn Signer>,
    /// See [`Self::waiting`].
    patience: Duration,
    /// See [`Self::unless`].
    pub(super) is_canceled: &'p dyn Fn() -> bool,
    /// See [`Self::announcing`].
    pub(super) begins: &'p dyn Fn(),
    /// See [`Self::pausing`].
    pub(super) pauses: &'p dyn Fn(),
    /// See [`Self::switching_by`].
    switch: Switch,
    /// See [`Self::through`].
    pub(super) through: Option<&'p dyn Publication>,
    /// See [`Self::trusting`].
    pub(super) trusted: Option<&'p PublicKey>,
    /// See [`Self::from_sources`] and [`Self::by_person`].
    pub(super) sources: Option<SourcesIdentity>,
    /// Whether the ledger of sources decides, and not a person.
    pub(super) is_automatic: bool,
    pub(super) disk: &'p Disk,
}

impl<'p> Publisher<'p> {
    /// A publisher into `folder`, for this version of adrc and this time in seconds since 1970. It
    /// keeps [`DEFAULT_KEPT_GENERATIONS`] and does not sign.
    #[must_use]
    pub fn new(folder: &'p Path, tool: &'p str, time: u64) -> Self {
        Self {
            folder,
            tool,
            time,
            keep: DEFAULT_KEPT_GENERATIONS,
            expected: None,
            honors_rollbacks: false,
            annotation: Annotation::default(),
            signer: None,
            patience: Duration::ZERO,
            is_canceled: &|| false,
            begins: &|| (),
            pauses: &|| (),
            switch: Switch::default(),
            through: None,
            trusted: None,
            sources: None,
            is_automatic: false,
            disk: &DISK,
        }
    }

    /// Keeps the newest `generations`, at least the current one.
    #[must_use]
    pub fn keeping(mut self, generations: usize) -> Self {
        self.keep = generations;
        self
    }

    /// Waits up to this long for another process that publishes into the folder. By default, this
    /// is [`PublishError::Locked`] at once.
    #[must_use]
    pub fn waiting(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Fails with [`PublishError::Outdated`] unless `base` is current; `None` for a folder without
    /// a generation.
    #[must_use]
    pub fn expecting(mut self, base: Option<Base>) -> Self {
        self.expected = Some(base);
        self
    }

    /// Fails with [`PublishError::BlockedByRollback`] for content that was rolled back. Processes
    /// that publish by themselves need this: a rollback has to stay until the rules change or a
    /// person publishes.
    #[must_use]
    pub fn honor_rollbacks(mut self) -> Self {
        self.honors_rollbacks = true;
        self
    }

    /// Keeps the annotation in the record of a generation with new content.
    #[must_use]
    pub fn annotated(mut self, annotation: Annotation) -> Self {
        self.annotation = annotation;
        self
    }

    /// Signs every manifest. Content that is current already is published again, under the next
    /// number, if its signature is not fresh.
    #[must_use]
    pub fn signing(mut self, signer: Option<&'p dyn Signer>) -> Self {
        self.signer = signer;
        self
    }

    /// Fails with [`PublishError::Canceled`] instead of making a generation current if
    /// `is_canceled` returns true by then. A publisher that waited too long for a disk must not
    /// replace what was published meanwhile.
    #[must_use]
    pub fn unless(mut self, is_canceled: &'p dyn Fn() -> bool) -> Self {
        self.is_canceled = is_canceled;
        self
    }

    /// Calls `begins` before a generation is written, after everything that has to be read for it;
    /// again after each [pause](Self::pausing), and for every generation that is installed.
    #[must_use]
    pub fn announcing(mut self, begins: &'p dyn Fn()) -> Self {
        self.begins = begins;
        self
    }

    /// Calls `pauses` when this process may be ended without a loss although it is not done, such
    /// as before it waits for a publication: the next run completes or removes what was begun.
    #[must_use]
    pub fn pausing(mut self, pauses: &'p dyn Fn()) -> Self {
        self.pauses = pauses;
        self
    }

    /// Makes generations current by a link or by a pointer file, in place of the system's default.
    #[must_use]
    pub fn switching_by(mut self, switch: Switch) -> Self {
        self.switch = switch;
        self
    }

    /// Publishes each generation through a publication that several nodes share: the folder is
    /// brought up to date first, and the next generation becomes current only if the publication
    /// accepts it. Signatures name [`Publication::folder_name`] in the place of the folder.
    #[must_use]
    pub fn through(mut self, publication: &'p dyn Publication) -> Self {
        self.through = Some(publication);
        self
    }

    /// Installs only generations of other nodes that are signed with this key for the publication.
    /// Whether a signature has expired is left to the clients.
    #[must_use]
    pub fn trusting(mut self, key: Option<&'p PublicKey>) -> Self {
        self.trusted = key;
        self
    }

    /// For a process that publishes by itself: publishes only if its sources are newer than what is
    /// current. The folder's `.sources.json` keeps what these sources had when they were last in
    /// step, and git knows which of two commits is older.
    ///
    /// [`Publisher::publish`] then fails with [`PublishError::Behind`] for sources that are older
    /// than the current generation, and with [`PublishError::Conflict`] if both were changed.
    #[must_use]
    pub fn from_sources(mut self, sources: SourcesIdentity) -> Self {
        self.sources = Some(sources);
        self.is_automatic = true;
        self
    }

    /// For a person who publishes these sources: notes for [`Self::from_sources`] that they are in
    /// step now. In a publication, fails with [`PublishError::Behind`] if git says that the commit
    /// of the sources is older than that of the current generation.
    #[must_use]
    pub fn by_person(mut self, sources: SourcesIdentity) -> Self {
        self.sources = Some(sources);
        self.is_automatic = false;
        self
    }

    /// Replaces the disk by one whose operations fail.
    #[cfg(test)]
    pub(super) fn on(mut self, disk: &'p Disk) -> Self {
        self.disk = disk;
        self
    }

    /// Publishes artifacts as the next generation, unless the current one is intact and has the
    /// same content.
    ///
    /// `read_back` runs in parallel while the files are written. The generation becomes current
    /// only if it succeeds.
    ///
    /// # Errors
    ///
    /// See [`PublishError`].
    pub fn publish(
        &self,
        artifacts: &Artifacts,
        read_back: impl FnOnce() -> Result<(), ReadBackError> + Send,
    ) -> Result<Published, PublishError> {
        let layout = self.layout();
        let mut locked = self.acquire()?;
        let standing = self.catch_up(&mut locked)?;
        thread::scope(|scope| {
            let checked = scope.spawn(read_back);
            let content = manifest_of(artifacts);
            let current = layout.read_current(locked.current)?;
            self.check_expected(Standing::base(standing.as_ref(), current.as_ref()).as_ref())?;
            if let Some(current) = &current
                && current.manifest.same_content(&content)
                && Standing::is_current(standing.as_ref())
                && self.is_intact_and_signed(current)
                && self.is_offered(current.number)
            {
                self.note_in_step(&locked, current.number, &content);
                return self.confirm(current.number);
            }
            self.check_stays_signed(locked.current, standing.as_ref())?;
            self.check_not_blocked(current.as_ref(), &content)?;
            self.check_sources(&locked, standing.as_ref(), current.as_ref(), &content)?;
            let record = self.new_record(current.as_ref(), &content);
            let noted = content.clone();
            let next = Next { content, artifacts, record, standing };
            let published = self.publish_next(&mut locked, &next, || match checked.join() {
                Ok(checked) => checked,
                Err(panic) => std::panic::resume_unwind(panic),
            })?;
            self.note_in_step(&locked, published.generation, &noted);
            Ok(published)
        })
    }

    /// Locks the folder.
    pub(super) fn acquire(&self) -> Result<Locked, PublishError> {
        let end = Instant::now() + self.patience;
        loop {
            match self.layout().acquire() {
                Err(PublishError::Locked(_)) if Instant::now() < end && !(self.is_canceled)() => {
                    thread::sleep(LOCK_PAUSE);
                }
                acquired => return acquired,
            }
        }
    }

    /// Whether publishing can begin: the folder exists or can be created, contains no foreign
    /// files, and a signer is set if the current generation is signed. Changes nothing.
    ///
    /// A publication that does not answer is not an error, because it may answer later.
    ///
    /// # Errors
    ///
    /// See [`PublishError`].
    pub fn check(&self) -> Result<(), PublishError> {
        self.check_folder()?;
        self.check_stays_signed(self.layout().current_number()?, None)?;
        match self.through.map(Publication::current).transpose() {
            Err(error) if !error.is_temporary() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Whether the folder is adrc's, or can be. Changes nothing.
    pub(crate) fn check_folder(&self) -> Result<(), PublishError> {
        self.layout().check_writable()
    }

    /// The current generation of the folder, for [`Publisher::expecting`]; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The operating system reported an error.
    pub fn base(&self) -> Result<Option<Base>, PublishError> {
        let current = self.layout().current()?;
        Ok(current.as_ref().map(Current::base))
    }

    /// Where it publishes, for messages: the publication, else the folder.
    pub(super) fn place_name(&self) -> String {
        match self.through {
            Some(publication) => publication.name(),
            None => self.folder.display().to_string(),
        }
    }

    pub(super) fn layout(&self) -> Layout<'p> {
        Layout { folder: self.folder, disk: self.disk, switch: self.switch }
    }

    /// Completes what the publisher of the current generation may not have reached, if it was
    /// killed after the switch.
    fn confirm(&self, generation: u64) -> Result<Published, PublishError> {
        let layout = self.layout();
        layout.complete_switch(generation)?;
        let _ = layout.prune(generation, self.keep);
        layout.sync_switch(generation)?;
        Ok(Published { generation, changed: false })
    }
}
