//! What must hold before a generation is published.

use adr_bundle::Manifest;

use super::content::manifest_content_sha256;
use super::error::PublishError;
use super::generation::Current;
use super::publisher::Publisher;
use super::signing::has_signature;

impl Publisher<'_> {
    /// Checks that the current generation is the expected one.
    pub(super) fn check_expected(&self, current: Option<&Current>) -> Result<(), PublishError> {
        let Some(expected) = &self.expected else {
            return Ok(());
        };
        let found = current.map(|current| (current.manifest.generation, current.sha256.as_str()));
        let expected = expected.as_ref().map(|base| (base.generation, base.sha256.as_str()));
        if found == expected {
            return Ok(());
        }
        Err(PublishError::Outdated {
            folder: self.folder.to_owned(),
            expected: expected.map_or(0, |(generation, _)| generation),
            found: found.map_or(0, |(generation, _)| generation),
        })
    }

    /// Checks that the next generation is signed if the current one is.
    pub(super) fn check_stays_signed(&self, current: Option<&Current>) -> Result<(), PublishError> {
        if self.signer.is_none() && current.is_some_and(|current| current.is_signed) {
            return Err(PublishError::Unsigned(self.folder.to_owned()));
        }
        Ok(())
    }

    /// Checks that this content was not rolled back, for publishers that honor rollbacks.
    pub(super) fn check_not_blocked(
        &self,
        current: Option<&Current>,
        content: &Manifest,
    ) -> Result<(), PublishError> {
        let Some(current) = current.filter(|_| self.honors_rollbacks) else {
            return Ok(());
        };
        let content = manifest_content_sha256(content);
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
        let is_fresh = |manifest: &[u8], signature: &str| signer.is_fresh(manifest, signature);
        current.is_signed && folder.is_ok_and(|folder| has_signature(&folder, is_fresh))
    }
}
