//! A verified manifest whose files are still to be fetched.

use std::sync::Arc;

use adr_bundle::Manifest;

use crate::snapshot::{Provenance, RuleSnapshot};

/// A verified manifest that may replace the snapshot that is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub(super) manifest: Manifest,
    pub(super) provenance: Provenance,
}

impl Candidate {
    /// The size in bytes of the largest file that this path may stand for; the path is relative to
    /// the folder of a view.
    #[must_use]
    pub fn max_size(&self, path: &str) -> u64 {
        let files = self.manifest.files.iter();
        let sizes = files.filter(|file| file.path.ends_with(path)).map(|file| file.size);
        sizes.max().unwrap_or(0)
    }

    /// The bytes of a running file if all views of the manifest have exactly these bytes. Then no
    /// request is needed, whichever view is this client's.
    #[must_use]
    pub fn unchanged_file(&self, path: &str, running: &RuleSnapshot) -> Option<Arc<Vec<u8>>> {
        let known = running.known_file(path)?;
        let has = |folder: &str| {
            let mut files = self.manifest.files.iter();
            files.any(|file| {
                file.path.strip_prefix(folder) == Some(path)
                    && file.sha256 == known.sha256
                    && file.size == known.bytes.len() as u64
            })
        };
        let views = &self.manifest.views;
        let is_everywhere = !views.is_empty() && views.iter().all(|view| has(&view.folder));
        is_everywhere.then_some(known.bytes)
    }
}
