//! Installing a generation that another folder or node has published.

use adr_bundle::sha256;
use adr_bundle::signature::Statement;

use super::error::{PublishError, not_installed};
use super::prepare::Locked;
use super::publisher::{Published, Publisher};
use super::record::Record;
use super::seal::document;
use crate::publication::{GenerationDocument, SealedGeneration};

/// A generation that is being installed, with the lock of the folder.
pub(crate) struct Installing {
    locked: Locked,
    sealed: SealedGeneration,
    /// Whether it was current already.
    is_current: bool,
}

impl Publisher<'_> {
    /// Makes a generation of another folder current here: with its number, its signature, its
    /// record and its files, byte for byte. It has to be newer than the current one, unless it is
    /// that one.
    ///
    /// # Errors
    ///
    /// [`PublishError::Backwards`] for an older one, [`PublishError::OtherSequence`] if the current
    /// one has the same number and another manifest, [`PublishError::Untrusted`] if it is not
    /// signed as [`Publisher::trusting`] asks, or unsigned while the current one is signed. For
    /// others, see [`PublishError`].
    pub fn install(&self, sealed: &SealedGeneration) -> Result<Published, PublishError> {
        self.end_install(self.begin_install(sealed)?)
    }

    /// Locks the folder, and checks that a generation may become current in it.
    ///
    /// # Errors
    ///
    /// Those of [`Publisher::install`].
    pub(crate) fn begin_install(
        &self,
        sealed: &SealedGeneration,
    ) -> Result<Installing, PublishError> {
        let layout = self.layout();
        let locked = self.acquire()?;
        let found = locked.current.map(|number| self.base_of(number));
        self.check_expected(found.as_ref())?;
        let base = sealed.base();
        if let Some(current) = layout.read_current(locked.current)?
            && current.base() == base
            && layout.verify(current.number, &current.manifest).is_ok()
        {
            return Ok(Installing { locked, sealed: sealed.clone(), is_current: true });
        }
        if let Some(found) = found {
            if found.generation > base.generation {
                let (folder, generation) = (self.folder.to_owned(), base.generation);
                let current = found.generation;
                return Err(PublishError::Backwards { folder, generation, current });
            }
            // a damaged manifest is replaced
            let is_known = !found.sha256.is_empty();
            if found.generation == base.generation && is_known && found != base {
                return Err(PublishError::OtherSequence {
                    folder: self.folder.to_owned(),
                    found,
                    publication: "the source".to_owned(),
                    current: Some(base),
                });
            }
        }
        let sealed = self.acceptable(sealed.clone(), &locked)?;
        Ok(Installing { locked, sealed, is_current: false })
    }

    /// Writes an older generation for the history, which never becomes current, unless the folder
    /// has it.
    pub(crate) fn install_before(
        &self,
        installing: &Installing,
        older: &SealedGeneration,
    ) -> Result<(), PublishError> {
        match installing.is_current || self.has_generation(older) {
            true => Ok(()),
            false => self.write(older),
        }
    }

    /// Makes the generation current.
    pub(crate) fn end_install(&self, mut begun: Installing) -> Result<Published, PublishError> {
        let layout = self.layout();
        if let Some(generation) = begun.locked.current.filter(|_| begun.is_current) {
            layout.complete_switch(generation)?;
            layout.sync_switch(generation)?;
            return Ok(Published { generation, changed: false });
        }
        let generation = begun.sealed.manifest().generation;
        self.place(&begun.sealed, &mut begun.locked)?;
        let _ = layout.prune(generation, self.keep);
        Ok(Published { generation, changed: true })
    }

    /// Whether the folder has a generation with the same texts and files.
    fn has_generation(&self, sealed: &SealedGeneration) -> bool {
        let (layout, manifest) = (self.layout(), sealed.manifest());
        let found = layout.open(manifest.generation).and_then(|folder| document(&folder));
        found.is_ok_and(|found| found == *sealed.document())
            && layout.verify(manifest.generation, manifest).is_ok()
    }

    /// Writes a generation and makes it current.
    pub(super) fn place(
        &self,
        sealed: &SealedGeneration,
        locked: &mut Locked,
    ) -> Result<(), PublishError> {
        let layout = self.layout();
        let generation = sealed.manifest().generation;
        (self.begins)();
        self.write(sealed).map_err(not_installed(generation))?;
        if (self.is_canceled)() {
            if locked.current != Some(generation) {
                let _ = layout.remove(generation);
            }
            return Err(PublishError::Canceled);
        }
        layout.switch(generation).map_err(not_installed(generation))?;
        let before = locked.current.replace(generation);
        self.displace_renewal(before, generation);
        Ok(())
    }

    /// A generation that may follow the current one: it is signed at all if the current one is, and
    /// with the key that this node trusts, see [`Self::trustworthy`].
    pub(super) fn acceptable(
        &self,
        sealed: SealedGeneration,
        locked: &Locked,
    ) -> Result<SealedGeneration, PublishError> {
        self.check_stays_signed_by(sealed.manifest().generation, sealed.document(), locked)?;
        self.trustworthy(sealed)
    }

    /// Checks that the texts of a generation have a signature if the current one has.
    pub(super) fn check_stays_signed_by(
        &self,
        generation: u64,
        document: &GenerationDocument,
        locked: &Locked,
    ) -> Result<(), PublishError> {
        match document.signature.is_none() && self.layout().is_signed(locked.current)? {
            true => Err(self.untrusted(generation, "it is not signed, and the one before is")),
            false => Ok(()),
        }
    }

    /// A generation that is signed with the key that this node trusts, for this number and this
    /// publication. A publisher of adrc signs the record too. A record that is not signed,
    /// such as that of a folder that was imported, only says when it was published.
    pub(super) fn trustworthy(
        &self,
        sealed: SealedGeneration,
    ) -> Result<SealedGeneration, PublishError> {
        let (generation, document) = (sealed.manifest().generation, sealed.document());
        match self.check_signature(generation, document)? {
            Some(Statement { record: None, .. }) => {
                let record = Record::parse(document.record.as_bytes());
                let empty = record.map(|record| record.of_time().to_json());
                Ok(sealed.with_record(empty.unwrap_or_default()))
            }
            _ => Ok(sealed),
        }
    }

    /// What was signed with the texts of a generation: also the record, if the signature has it.
    /// `None` if this node trusts no key.
    pub(super) fn check_signature(
        &self,
        generation: u64,
        document: &GenerationDocument,
    ) -> Result<Option<Statement>, PublishError> {
        let Some(key) = self.trusted else { return Ok(None) };
        let Some(signature) = &document.signature else {
            return Err(self.untrusted(generation, "it is not signed"));
        };
        let statement = key
            .verify(document.manifest.as_bytes(), signature)
            .map_err(|error| self.untrusted(generation, &error.to_string()))?;
        if statement.generation.is_some_and(|signed| signed != generation) {
            return Err(self.untrusted(generation, "its signature is that of another generation"));
        }
        let name = self.signed_name();
        if statement.folder.is_some() && statement.folder != name {
            return Err(self.untrusted(generation, "its signature is that of another folder"));
        }
        let record = sha256(document.record.as_bytes());
        if statement.record.as_ref().is_some_and(|signed| *signed != record) {
            return Err(self.untrusted(generation, "its record is not the one that was signed"));
        }
        Ok(Some(statement))
    }

    fn untrusted(&self, generation: u64, reason: &str) -> PublishError {
        let (place, reason) = (self.place_name(), reason.to_owned());
        PublishError::Untrusted { place, generation, reason }
    }

    /// Gives a generation that the publication keeps and the folder does not to a rollback from
    /// `current`.
    pub(super) fn install_kept(
        &self,
        current: u64,
        generation: Option<u64>,
    ) -> Result<(), PublishError> {
        let (Some(publication), Some(generation)) = (self.through, generation) else {
            return Ok(());
        };
        if generation >= current || self.layout().generations()?.contains(&generation) {
            return Ok(());
        }
        if !publication.generations()?.contains(&generation) {
            return Ok(());
        }
        self.install_older(publication, generation)
    }
}
