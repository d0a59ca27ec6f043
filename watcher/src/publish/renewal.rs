//! Renewing the signature of the current generation.

use super::error::PublishError;
use super::generation::Current;
use super::publisher::{Published, Publisher};
use super::signing::has_signature;

impl Publisher<'_> {
    /// Publishes the current generation again, under the next number, with a new signature; `None`
    /// if there is no signer, no signed generation is current, or its signature is not due.
    ///
    /// # Errors
    ///
    /// See [`PublishError`].
    pub fn renew(&self) -> Result<Option<Published>, PublishError> {
        if self.due_for_renewal().is_none() {
            return Ok(None);
        }
        let layout = self.layout();
        let _lock = layout.acquire()?;
        // another process may have published in between
        let Some(current) = self.due_for_renewal() else {
            return Ok(None);
        };
        let (manifest, artifacts) = layout.load(current.number)?;
        let record = self.new_record(Some(&current), &manifest);
        self.publish_next(manifest, &artifacts, &record, || Ok(())).map(Some)
    }

    /// The current generation, if its signature is due for renewal.
    fn due_for_renewal(&self) -> Option<Current> {
        let signer = self.signer?;
        let layout = self.layout();
        let current = layout.current()?;
        let folder = layout.open(current.number).ok()?;
        let is_due = |manifest: &[u8], signature: &str| signer.is_due(manifest, signature);
        has_signature(&folder, is_due).then_some(current)
    }
}
