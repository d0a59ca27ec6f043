//! Writing the next generation, and making it current.

use std::sync::Arc;

use adr_bundle::{Manifest, sha256};
use adr_language::{Artifacts, ReadBackError};

use super::error::{PublishError, not_installed};
use super::generation::Current;
use super::prepare::Locked;
use super::publisher::{Published, Publisher};
use super::record::Record;
use super::signing::{Signed, Signer};
use super::staging::signed_name;
use super::through::Standing;
use crate::publication::{GenerationDocument, SealedGeneration};

/// What [`Publisher::publish_next`] writes.
pub(super) struct Next<'n> {
    /// The manifest without its number.
    pub(super) content: Manifest,
    pub(super) artifacts: &'n Artifacts,
    pub(super) record: Record,
    /// Where the publication stands; `None` without one.
    pub(super) standing: Option<Standing>,
}

impl Publisher<'_> {
    /// Writes the next generation, hands it over to the publication, and switches to it.
    pub(super) fn publish_next(
        &self,
        locked: &mut Locked,
        next: &Next<'_>,
        read_back: impl FnOnce() -> Result<(), ReadBackError>,
    ) -> Result<Published, PublishError> {
        let layout = self.layout();
        let before = locked.current;
        let generation = match &next.standing {
            Some(standing) => standing.next_number(before)?,
            None => layout.next_number(before)?,
        };
        (self.begins)();
        let sealed = self.seal(generation, next)?;
        self.write(&sealed)?;
        if let Err(reason) = read_back() {
            let _ = layout.remove(generation);
            return Err(PublishError::ReadBack(reason));
        }
        if (self.is_canceled)() {
            let _ = layout.remove(generation);
            return Err(PublishError::Canceled);
        }
        if let Some(standing) = &next.standing
            && let Some(published) = self.hand_over(locked, standing, &sealed)?
        {
            return Ok(published);
        }
        (self.begins)();
        let is_shared = next.standing.is_some();
        let switched = layout.switch(generation);
        switched
            .map_err(|error| if is_shared { not_installed(generation)(error) } else { error })?;
        locked.current = Some(generation);
        // from here on the generation is published: the next run removes what cannot be removed now
        self.displace_renewal(before, generation);
        let _ = layout.prune(generation, self.keep);
        Ok(Published { generation, changed: true })
    }

    /// Removes the generation before a renewal if it renews the same content: renewals do not
    /// displace older content from the generations that are kept.
    pub(super) fn displace_renewal(&self, before: Option<u64>, generation: u64) {
        let layout = self.layout();
        let renewal_of = |generation| layout.record(generation)?.renewal_of;
        let before = before.filter(|before| *before != generation);
        if let Some((before, renewed)) = before.and_then(|it| Some((it, renewal_of(it)?)))
            && renewal_of(generation) == Some(renewed)
        {
            let _ = layout.remove(before);
        }
    }

    /// The next generation as one value: manifest, record, and signature if there is a signer.
    fn seal(&self, generation: u64, next: &Next<'_>) -> Result<SealedGeneration, PublishError> {
        // a manifest of an earlier version of adrc has a tool
        let manifest = Manifest { generation, tool: None, ..next.content.clone() };
        let text = manifest.to_json();
        let name = self.signed_name();
        let record = next.record.clone().written_by(self.tool).to_json();
        // other nodes act on the record, and get it from a broker
        let record_sha256 = self.through.map(|_| sha256(record.as_bytes()));
        let signed =
            Signed { generation, folder: name.as_deref(), record: record_sha256.as_deref() };
        let sign = |signer: &dyn Signer| signer.sign(text.as_bytes(), &signed);
        let signature = self.signer.map(sign).transpose().map_err(PublishError::Signing)?;
        let document = GenerationDocument { manifest: text, signature, record };
        let files = next.artifacts.files.iter().map(|(_, bytes)| Arc::clone(bytes)).collect();
        Ok(SealedGeneration::of(document, manifest, files))
    }

    /// What signatures name: the publication, else the folder.
    pub(super) fn signed_name(&self) -> Option<String> {
        match self.through {
            Some(publication) => publication.folder_name(),
            None => signed_name(self.folder),
        }
    }

    /// The record of new content, or of a renewal if `content` is current already.
    pub(super) fn new_record(&self, current: Option<&Current>, content: &Manifest) -> Record {
        let same = current.filter(|current| current.manifest.same_content(content));
        let Some(same) = same else {
            let sources = self.sources.as_ref().map(|sources| sources.key().to_owned());
            return Record::new(self.time).annotated(self.annotation.clone()).of_sources(sources);
        };
        let before = same.record.clone().unwrap_or(Record::new(self.time));
        let blocked = self.layout().blocked(same);
        before.renewed(self.time, same.manifest.generation, blocked)
    }
}
