//! A verified manifest whose files are still to be fetched.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use adr_bundle::{Manifest, ManifestFile};

use super::relation::Identity;
use crate::snapshot::{APPLICATION, KnownFile, LOOKUP, Provenance, RuleSnapshot};

/// A verified manifest that may replace the snapshot that is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub(super) provenance: Provenance,
    /// The identity under which the server has the running rules, if it is another one.
    pub(crate) offered: Option<Identity>,
    /// The files of each view that has both; views with equal files are one entry.
    views: HashSet<ViewFiles>,
    /// Whether every view has both files.
    is_complete: bool,
}

/// The content of the two files of a view.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ViewFiles {
    application: Content,
    lookup: Content,
}

/// Size and SHA-256 of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Content {
    size: u64,
    sha256: String,
}

impl Candidate {
    /// The time that this takes grows with the size of the manifest, not with the product of its
    /// views and files.
    pub(super) fn new(manifest: &Manifest, provenance: Provenance) -> Self {
        let files = manifest.files.iter().map(|file| (file.path.as_str(), file));
        let files: HashMap<&str, &ManifestFile> = files.collect();
        let content = |folder: &str, name: &str| {
            files.get(format!("{folder}{name}").as_str()).map(|file| Content::from(*file))
        };
        let of_view = |folder: &str| {
            let application = content(folder, APPLICATION)?;
            Some(ViewFiles { application, lookup: content(folder, LOOKUP)? })
        };
        let mut views = HashSet::new();
        let mut is_complete = !manifest.views.is_empty();
        for view in &manifest.views {
            match of_view(&view.folder) {
                Some(files) => {
                    views.insert(files);
                }
                None => is_complete = false,
            }
        }
        Self { provenance, offered: None, views, is_complete }
    }

    /// Whether its manifest is the one that is running.
    pub(crate) fn is_of(&self, running: &RuleSnapshot) -> bool {
        running.sha256() == Some(self.provenance.sha256.as_str())
    }

    /// The size in bytes of the largest file that this path may stand for; the path is relative to
    /// the folder of a view.
    #[must_use]
    pub fn max_size(&self, path: &str) -> u64 {
        let files = self.views.iter().filter_map(|view| view.file(path));
        files.map(|content| content.size).max().unwrap_or(0)
    }

    /// The bytes of a running file if all views of the manifest have exactly these bytes. Then no
    /// request is needed, whichever view is this client's.
    #[must_use]
    pub fn unchanged_file(&self, path: &str, running: &RuleSnapshot) -> Option<Arc<Vec<u8>>> {
        let known = running.known_file(path)?;
        let has = |view: &ViewFiles| {
            view.file(path).is_some_and(|content| {
                content.sha256 == known.sha256 && content.size == known.bytes.len() as u64
            })
        };
        (self.is_complete && self.views.iter().all(has)).then_some(known.bytes)
    }

    /// Whether a view has exactly these two files.
    pub(super) fn has_view(&self, application: &KnownFile, lookup: &KnownFile) -> bool {
        let files =
            ViewFiles { application: Content::from(application), lookup: Content::from(lookup) };
        self.views.contains(&files)
    }
}

impl ViewFiles {
    fn file(&self, path: &str) -> Option<&Content> {
        match path {
            APPLICATION => Some(&self.application),
            LOOKUP => Some(&self.lookup),
            _ => None,
        }
    }
}

impl From<&ManifestFile> for Content {
    fn from(file: &ManifestFile) -> Self {
        Self { size: file.size, sha256: file.sha256.clone() }
    }
}

impl From<&KnownFile> for Content {
    fn from(file: &KnownFile) -> Self {
        Self { size: file.bytes.len() as u64, sha256: file.sha256.clone() }
    }
}
