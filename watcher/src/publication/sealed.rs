//! A generation as one value, with bytes that match their manifest.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use adr_bundle::folder::{MANIFEST_BYTES, SIGNATURE_BYTES};
use adr_bundle::{FileError, Manifest, ManifestFile, SIGNATURE_FILE_NAME, Tree, TreeError, sha256};
use serde::{Deserialize, Serialize};

use super::error::PublicationError;
use crate::publish::{Base, RECORD_BYTES, RECORD_FILE_NAME, is_record};

/// Longest path of a file in bytes: longer ones exceed what file systems take below a folder.
const MAX_PATH_BYTES: usize = 1024;

/// Longest name of a file or folder in bytes, which is the limit of most file systems.
const MAX_NAME_BYTES: usize = 255;

/// Everything about a generation but its files: texts as they were published, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationDocument {
    /// The text of `manifest.json`.
    pub manifest: String,
    /// The text of the signature; `None` without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The text of `record.json`; empty for a generation without one.
    pub record: String,
}

/// A generation whose files are those that its manifest lists, that a server would load, and that
/// stays in its folder. Only [`Self::open`] makes one, or a publisher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedGeneration {
    document: GenerationDocument,
    manifest: Manifest,
    /// One entry for each of the manifest's files, in their order; equal files share their bytes.
    files: Vec<Arc<Vec<u8>>>,
}

/// Why a generation was not opened.
#[derive(Debug)]
pub enum Unsealed {
    /// A file could not be read.
    Unread(PublicationError),
    /// The manifest or a file is not what was published; a phrase.
    Damaged(String),
}

impl SealedGeneration {
    /// Reads the files of a document once each, and compares them with the manifest. The document
    /// and the files may come from anybody: nothing is read for a manifest that a server would not
    /// load, or whose paths could not be written into one folder.
    ///
    /// # Errors
    ///
    /// See [`Unsealed`].
    pub fn open(
        document: GenerationDocument,
        mut read: impl FnMut(&ManifestFile) -> Result<Vec<u8>, PublicationError>,
    ) -> Result<Self, Unsealed> {
        check_sizes(&document).map_err(Unsealed::Damaged)?;
        let manifest = Manifest::parse(document.manifest.as_bytes())
            .map_err(|error| Unsealed::Damaged(format!("{}: {error}", Manifest::FILE_NAME)))?;
        check_paths(&manifest).map_err(Unsealed::Damaged)?;
        let mut known: HashMap<String, Arc<Vec<u8>>> = HashMap::new();
        let (mut files, mut unread) = (Vec::new(), None);
        let text = document.manifest.clone().into_bytes();
        // a server's own checks: limits, views, networks, sizes and hashes
        let tree = Tree::load(text, None, |listed| {
            let bytes = match known.get(&listed.sha256) {
                Some(bytes) => Arc::clone(bytes),
                None => Arc::new(read(listed).map_err(|error| {
                    unread = Some(error);
                    FileError::Missing
                })?),
            };
            // a file of another size is not copied
            if bytes.len() as u64 != listed.size {
                return Err(FileError::WrongSize {
                    found: bytes.len() as u64,
                    listed: listed.size,
                });
            }
            known.insert(listed.sha256.clone(), Arc::clone(&bytes));
            files.push(Arc::clone(&bytes));
            Ok(bytes.as_ref().clone())
        });
        match (unread, tree) {
            (Some(error), _) => Err(Unsealed::Unread(error)),
            (None, Err(error)) => Err(Unsealed::Damaged(reason(&error))),
            (None, Ok(_)) => Ok(Self { document, manifest, files }),
        }
    }

    /// A generation that a publisher has made. `files` are those of the manifest, in its order.
    pub(crate) fn of(
        document: GenerationDocument,
        manifest: Manifest,
        files: Vec<Arc<Vec<u8>>>,
    ) -> Self {
        Self { document, manifest, files }
    }

    /// The same generation with another record.
    pub(crate) fn with_record(mut self, record: String) -> Self {
        self.document.record = record;
        self
    }

    /// Its number and the SHA-256 of its manifest.
    #[must_use]
    pub fn base(&self) -> Base {
        let sha256 = sha256(self.document.manifest.as_bytes());
        Base { generation: self.manifest.generation, sha256 }
    }

    /// The texts as they were published.
    #[must_use]
    pub fn document(&self) -> &GenerationDocument {
        &self.document
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All files but manifest and signature, with their entries.
    pub fn files(&self) -> impl Iterator<Item = (&ManifestFile, &Arc<Vec<u8>>)> {
        self.manifest.files.iter().zip(&self.files)
    }
}

fn reason(error: &TreeError) -> String {
    match error {
        TreeError::Manifest(error) => format!("{}: {error}", Manifest::FILE_NAME),
        error => error.to_string(),
    }
}

/// Checks that no text is larger than a reader of the folder accepts, and that the record is one.
fn check_sizes(document: &GenerationDocument) -> Result<(), String> {
    let signature = document.signature.as_deref().unwrap_or_default();
    let limits = [
        (Manifest::FILE_NAME, document.manifest.len(), MANIFEST_BYTES),
        (SIGNATURE_FILE_NAME, signature.len(), SIGNATURE_BYTES),
        (RECORD_FILE_NAME, document.record.len(), RECORD_BYTES),
    ];
    for (name, found, limit) in limits {
        if found as u64 > limit {
            return Err(format!("{name}: {found} bytes, and at most {limit} are accepted"));
        }
    }
    if !document.record.is_empty() && !is_record(document.record.as_bytes()) {
        return Err(format!("{RECORD_FILE_NAME}: not a record"));
    }
    Ok(())
}

/// Checks that all files can be written into one new folder: [`Manifest::parse`] has checked that
/// each path stays inside.
fn check_paths(manifest: &Manifest) -> Result<(), String> {
    if manifest.generation == 0 {
        return Err(format!("{}: generation 0", Manifest::FILE_NAME));
    }
    let own = [Manifest::FILE_NAME, SIGNATURE_FILE_NAME, RECORD_FILE_NAME];
    let paths: HashSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    for path in &paths {
        let wrong = |what: &str| Err(format!("{}: {what}", path.escape_debug()));
        let top = path.split('/').next().unwrap_or(path);
        if own.iter().any(|own| own.eq_ignore_ascii_case(top)) {
            return wrong("the manifest lists a file with a name of adrc's own");
        }
        let is_long = path.len() > MAX_PATH_BYTES;
        if is_long || path.split('/').any(|name| name.len() > MAX_NAME_BYTES) {
            return wrong("the path is too long");
        }
        if path.chars().any(char::is_control) {
            return wrong("the path has a control character");
        }
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        if folders.into_iter().any(|folder| paths.contains(folder)) {
            return wrong("a file of the manifest has the name of its folder");
        }
    }
    Ok(())
}
