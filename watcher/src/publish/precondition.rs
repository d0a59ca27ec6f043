//! What must hold before a generation is published.

use adr_bundle::Manifest;

use super::content::manifest_content_sha256;
use super::error::PublishError;
use super::generation::Current;
use super::publisher::{Base, Publisher};
use super::signing::has_signature;
use super::through::Standing;

impl Publisher<'_> {
    /// Checks that the current generation is the expected one.
    pub(super) fn check_expected(&self, found: Option<&Base>) -> Result<(), PublishError> {
        let Some(expected) = &self.expected else {
            return Ok(());
        };
        let found = found.map(|base| (base.generation, base.sha256.as_str()));
        let expected = expected.as_ref().map(|base| (base.generation, base.sha256.as_str()));
        if found == expected {
            return Ok(());
        }
        Err(PublishError::Outdated {
            place: self.place_name(),
            expected: expected.map_or(0, |(generation, _)| generation),
            found: found.map_or(0, |(generation, _)| generation),
        })
    }

    /// Checks that the next generation is signed if the current one is: that of the folder, and
    /// that of the publication if the folder could not get it.
    pub(super) fn check_stays_signed(
        &self,
        current: Option<u64>,
        standing: Option<&Standing>,
    ) -> Result<(), PublishError> {
        if self.signer.is_some() {
            return Ok(());
        }
        let is_signed = self.layout().is_signed(current)?
            || (!Standing::is_current(standing) && self.is_publication_signed()?);
        match is_signed {
            true => Err(PublishError::Unsigned(self.place_name().into())),
            false => Ok(()),
        }
    }

    /// Whether the newest generation of the publication that can be read has a signature.
    fn is_publication_signed(&self) -> Result<bool, PublishError> {
        let Some(publication) = self.through else { return Ok(false) };
        let mut offered = publication.generations()?;
        offered.sort_unstable();
        for generation in offered.into_iter().rev() {
            match publication.document(generation) {
                Ok(document) => return Ok(document.signature.is_some()),
                Err(error) if error.is_temporary() => return Err(error.into()),
                // removed meanwhile, or damaged
                Err(_) => {}
            }
        }
        Ok(false)
    }

    /// Checks that this content was not rolled back, for publishers that honor rollbacks.
    pub(super) fn check_not_blocked(
        &self,
        current: Option<&Current>,
        content: &Manifest,
    ) -> Result<(), PublishError> {
        match current.filter(|_| self.honors_rollbacks) {
            Some(current) => self.not_blocked(current, &manifest_content_sha256(content)),
            None => Ok(()),
        }
    }

    /// Checks that the current generation does not block this content, whose hash is that of
    /// [`content_sha256`](super::content_sha256). Takes no lock and writes nothing.
    ///
    /// # Errors
    ///
    /// [`PublishError::BlockedByRollback`] if it was rolled back;
    /// [`PublishError::NothingPublished`] if there is no current generation, or a damaged one;
    /// [`PublishError::Failed`] if it cannot be read.
    pub fn check_rollback(&self, content: &str) -> Result<(), PublishError> {
        let current = self.layout().current()?;
        let nothing = || PublishError::NothingPublished(self.folder.to_owned());
        self.not_blocked(&current.ok_or_else(nothing)?, content)
    }

    /// The hash for [`Publisher::check_rollback`] of the content of a generation that is kept, or
    /// that was rolled back; `None` for another one.
    #[must_use]
    pub fn content_of(&self, generation: u64) -> Option<String> {
        let layout = self.layout();
        if let Some(manifest) = layout.manifest(generation) {
            return Some(manifest_content_sha256(&manifest));
        }
        let blocked = layout.blocked(&layout.current().ok()??);
        blocked.into_iter().find(|it| it.generation == generation).map(|it| it.content)
    }

    fn not_blocked(&self, current: &Current, content: &str) -> Result<(), PublishError> {
        let blocked = self.layout().blocked(current);
        match blocked.iter().find(|blocked| blocked.content == content) {
            Some(blocked) => Err(PublishError::BlockedByRollback {
                generation: blocked.generation,
                current: current.manifest.generation,
            }),
            None => Ok(()),
        }
    }

    /// Whether the current generation has its own number and all its files, and a fresh signature
    /// if there is a signer.
    pub(super) fn is_intact_and_signed(&self, current: &Current) -> bool {
        let is_signed = self.signer.is_none() || self.has_fresh_signature(current);
        let is_intact = || self.layout().verify(current.number, &current.manifest).is_ok();
        is_signed && current.number == current.manifest.generation && is_intact()
    }

    fn has_fresh_signature(&self, current: &Current) -> bool {
        let Some(signer) = self.signer else {
            return false;
        };
        let folder = self.layout().open(current.number);
        let name = self.signed_name();
        let is_fresh = |manifest: &[u8], signature: &str| {
            signer.is_fresh(manifest, signature, name.as_deref())
        };
        current.is_signed && folder.is_ok_and(|folder| has_signature(&folder, is_fresh))
    }
}
