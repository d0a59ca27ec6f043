//! Renewing the signature of the current generation.

use super::error::PublishError;
use super::generation::Current;
use super::next::Next;
use super::publisher::{Published, Publisher};
use super::signing::has_signature;
use super::through::Standing;

impl Publisher<'_> {
    /// Publishes the current generation again, under the next number, with a new signature; `None`
    /// if there is no signer, no signed generation is current, or its signature is not due.
    ///
    /// Several nodes of a publication may renew at the same time. Then one of them does, and the
    /// others have its generation, with [`Published::changed`] false.
    ///
    /// # Errors
    ///
    /// See [`PublishError`].
    pub fn renew(&self) -> Result<Option<Published>, PublishError> {
        if self.signer.is_none() {
            return Ok(None);
        }
        let layout = self.layout();
        if !self.is_due_for_renewal(layout.current()?.as_ref()) {
            return Ok(None);
        }
        let mut locked = self.acquire()?;
        let standing = self.catch_up(&mut locked)?;
        if !Standing::is_current(standing.as_ref()) {
            return Ok(None);
        }
        // another process may have published in between
        let current = layout.read_current(locked.current)?;
        let Some(current) = current.filter(|current| self.is_due_for_renewal(Some(current))) else {
            return Ok(None);
        };
        let (content, artifacts) = layout.load(current.number)?;
        let record = self.new_record(Some(&current), &content);
        let is_shared = standing.is_some();
        let next = Next { content, artifacts: &artifacts, record, standing };
        match self.publish_next(&mut locked, &next, || Ok(())) {
            Err(PublishError::Outdated { .. }) if is_shared => Ok(None),
            published => published.map(Some),
        }
    }

    /// Whether the signature of the current generation is due for renewal.
    fn is_due_for_renewal(&self, current: Option<&Current>) -> bool {
        let (Some(signer), Some(current)) = (self.signer, current) else { return false };
        let is_due = |manifest: &[u8], signature: &str| signer.is_due(manifest, signature);
        let folder = self.layout().open(current.number);
        folder.is_ok_and(|folder| has_signature(&folder, is_due))
    }
}
