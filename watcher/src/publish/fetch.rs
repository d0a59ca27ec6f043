//! Fetching generations of a publication: only the files that no generation of the folder has.

use std::collections::HashMap;

use adr_bundle::ManifestFile;

use super::error::PublishError;
use super::layout::Layout;
use super::publisher::Publisher;
use crate::publication::{Publication, PublicationError, SealedGeneration};

/// The files of all generations in a folder, by their SHA-256.
struct OwnFiles<'l> {
    layout: Layout<'l>,
    /// The newest generation with a file of that content, and its path there.
    places: HashMap<String, (u64, String)>,
}

impl<'l> OwnFiles<'l> {
    /// Those of the generations whose manifest can be read.
    fn of(layout: Layout<'l>) -> Self {
        let mut places = HashMap::new();
        for generation in layout.generations().unwrap_or_default().into_iter().rev() {
            let files = layout.manifest(generation).map(|manifest| manifest.files);
            for file in files.unwrap_or_default() {
                places.entry(file.sha256).or_insert((generation, file.path));
            }
        }
        Self { layout, places }
    }

    /// The bytes of a file with the same content; `None` if there is none, or a damaged one.
    fn read(&self, listed: &ManifestFile) -> Option<Vec<u8>> {
        let (generation, path) = self.places.get(&listed.sha256)?;
        let known = ManifestFile { path: path.clone(), ..listed.clone() };
        let bytes = self.layout.open(*generation).ok()?.read_listed(&known).ok()?;
        known.check(&bytes).ok()?;
        Some(bytes)
    }
}

impl Publisher<'_> {
    /// Fetches a generation, whatever the implementation checks: the number decides where it is
    /// written. Files that the folder has are not fetched again.
    pub(super) fn fetch(
        &self,
        publication: &dyn Publication,
        generation: u64,
    ) -> Result<SealedGeneration, PublicationError> {
        let own = OwnFiles::of(self.layout());
        let sealed = publication.fetch_beside(generation, &|listed| own.read(listed))?;
        match sealed.manifest().generation {
            found if found == generation => Ok(sealed),
            found => Err(PublicationError::Damaged {
                name: publication.name(),
                generation,
                reason: format!("its manifest says generation {found}"),
            }),
        }
    }

    /// Writes a generation of the publication beside the current one, which is newer.
    pub(super) fn install_older(
        &self,
        publication: &dyn Publication,
        generation: u64,
    ) -> Result<(), PublishError> {
        // no files are fetched for texts that are rejected
        if self.trusted.is_some() {
            self.check_signature(generation, &publication.document(generation)?)?;
        }
        let sealed = self.trustworthy(self.fetch(publication, generation)?)?;
        self.write(&sealed)
    }

    /// Installs the older generations that the publication keeps and the folder lacks, newest
    /// first, as far as the folder keeps them. They are for the history and for rollbacks: what
    /// cannot be installed now is tried again whenever the folder is brought up to date.
    pub(super) fn install_missing(&self, publication: &dyn Publication, current: u64) {
        let layout = self.layout();
        let (Ok(mut offered), Ok(own)) = (publication.generations(), layout.generations()) else {
            return;
        };
        offered.retain(|generation| *generation < current);
        offered.sort_unstable_by(|one, other| other.cmp(one));
        let (mut newer, mut kept, mut has_installed) = (current, 1, false);
        for generation in offered {
            if kept >= self.keep || (self.is_canceled)() {
                break;
            }
            if own.contains(&generation) {
                (newer, kept) = (generation, kept + 1);
                continue;
            }
            // a renewal displaces earlier renewals of the same content
            let renewal_of = layout.record(newer).and_then(|record| record.renewal_of);
            if renewal_of.is_some_and(|original| generation > original) {
                continue;
            }
            kept += 1;
            match self.install_older(publication, generation) {
                Ok(()) => (newer, has_installed) = (generation, true),
                Err(PublishError::Publication(error)) if error.is_temporary() => break,
                Err(_) => {}
            }
        }
        if has_installed {
            let _ = layout.prune(current, self.keep);
        }
    }
}
