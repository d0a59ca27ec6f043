//! Publishes artifacts as the next generation.

use std::path::Path;
use std::thread;

use adr_bundle::Manifest;
use adr_language::{Artifacts, ReadBackError};
use serde::{Deserialize, Serialize};

use super::annotation::Annotation;
use super::content::manifest_of;
use super::disk::{DISK, Disk};
use super::error::PublishError;
use super::generation::Current;
use super::layout::Layout;
use super::prepare::Locked;
use super::record::Record;
use super::signing::Signer;
use super::switch::Switch;

/// Generations that a [`Publisher`] keeps by default.
pub const DEFAULT_KEPT_GENERATIONS: usize = 10;

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
    tool: &'p str,
    /// When it publishes, in seconds since 1970.
    pub(super) time: u64,
    /// How many generations stay in the folder.
    keep: usize,
    /// What has to be current, see [`Self::expecting`]; `None` without such a condition.
    pub(super) expected: Option<Option<Base>>,
    pub(super) honors_rollbacks: bool,
    pub(super) annotation: Annotation,
    pub(super) signer: Option<&'p dyn Signer>,
    /// See [`Self::unless`].
    is_canceled: &'p dyn Fn() -> bool,
    /// See [`Self::announcing`].
    begins: &'p dyn Fn(),
    /// See [`Self::switching_by`].
    switch: Switch,
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
            is_canceled: &|| false,
            begins: &|| (),
            switch: Switch::default(),
            disk: &DISK,
        }
    }

    /// Keeps the newest `generations`, at least the current one.
    #[must_use]
    pub fn keeping(mut self, generations: usize) -> Self {
        self.keep = generations;
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

    /// Calls `begins` before a generation is written, after everything that has to be read for it.
    #[must_use]
    pub fn announcing(mut self, begins: &'p dyn Fn()) -> Self {
        self.begins = begins;
        self
    }

    /// Makes generations current by a link or by a pointer file, in place of the system's default.
    #[must_use]
    pub fn switching_by(mut self, switch: Switch) -> Self {
        self.switch = switch;
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
        let locked = layout.acquire()?;
        thread::scope(|scope| {
            let checked = scope.spawn(read_back);
            let content = manifest_of(artifacts);
            let current = layout.read_current(locked.current)?;
            self.check_expected(current.as_ref())?;
            if let Some(current) = &current
                && current.manifest.same_content(&content)
                && self.is_intact_and_signed(current)
            {
                return self.confirm(current.number);
            }
            self.check_stays_signed(current.as_ref())?;
            self.check_not_blocked(current.as_ref(), &content)?;
            let record = self.new_record(current.as_ref(), &content);
            self.publish_next(&locked, (content, artifacts), &record, || match checked.join() {
                Ok(checked) => checked,
                Err(panic) => std::panic::resume_unwind(panic),
            })
        })
    }

    /// Whether publishing can begin: the folder exists or can be created, contains no foreign
    /// files, and a signer is set if the current generation is signed. Changes nothing.
    ///
    /// # Errors
    ///
    /// See [`PublishError`].
    pub fn check(&self) -> Result<(), PublishError> {
        let layout = self.layout();
        layout.check_writable()?;
        self.check_stays_signed(layout.current()?.as_ref())
    }

    /// The current generation of the folder, for [`Publisher::expecting`]; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The operating system reported an error.
    pub fn base(&self) -> Result<Option<Base>, PublishError> {
        let current = self.layout().current()?;
        Ok(current.map(|it| Base { generation: it.manifest.generation, sha256: it.sha256 }))
    }

    pub(super) fn layout(&self) -> Layout<'p> {
        Layout { folder: self.folder, disk: self.disk, switch: self.switch }
    }

    /// Completes what the publisher of the current generation may not have reached, if it was
    /// killed after the switch.
    fn confirm(&self, generation: u64) -> Result<Published, PublishError> {
        let layout = self.layout();
        layout.complete_switch(generation)?;
        let _ = layout.prune(self.keep);
        layout.sync_switch(generation)?;
        Ok(Published { generation, changed: false })
    }

    /// Writes the next generation and switches to it.
    pub(super) fn publish_next(
        &self,
        locked: &Locked,
        (content, artifacts): (Manifest, &Artifacts),
        record: &Record,
        read_back: impl FnOnce() -> Result<(), ReadBackError>,
    ) -> Result<Published, PublishError> {
        let layout = self.layout();
        let before = locked.current.unwrap_or(0);
        let generation = layout.next_number(locked.current)?;
        (self.begins)();
        // a manifest of an earlier version of adrc has a tool
        let manifest = Manifest { generation, tool: None, ..content };
        self.write(&manifest, artifacts, &record.clone().written_by(self.tool))?;
        if let Err(reason) = read_back() {
            let _ = layout.remove(generation);
            return Err(PublishError::ReadBack(reason));
        }
        if (self.is_canceled)() {
            let _ = layout.remove(generation);
            return Err(PublishError::Canceled);
        }
        layout.switch(generation)?;
        // from here on the generation is published: the next run removes what cannot be removed now
        if record.renewal_of.is_some() && layout.is_renewal(before) {
            // renewals do not displace older content from the generations that are kept
            let _ = layout.remove(before);
        }
        let _ = layout.prune(self.keep);
        Ok(Published { generation, changed: true })
    }

    /// The record of new content, or of a renewal if `content` is current already.
    pub(super) fn new_record(&self, current: Option<&Current>, content: &Manifest) -> Record {
        let same = current.filter(|current| current.manifest.same_content(content));
        let Some(same) = same else {
            return Record::new(self.time).annotated(self.annotation.clone());
        };
        let before = same.record.clone().unwrap_or(Record::new(self.time));
        let blocked = self.layout().blocked(same);
        before.renewed(self.time, same.manifest.generation, blocked)
    }
}
