//! A generation as one value, with bytes that match their manifest.

use std::collections::HashMap;
use std::sync::Arc;

use adr_bundle::{Manifest, ManifestFile, sha256};
use serde::{Deserialize, Serialize};

use super::error::PublicationError;
use crate::publish::Base;

/// Everything about a generation but its files: texts as they were published, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationDocument {
    /// The text of `manifest.json`.
    pub manifest: String,
    /// The text of the signature; `None` without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The text of `record.json`.
    pub record: String,
}

/// A generation whose files are those that its manifest lists. Only [`Self::open`] makes one.
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
    /// Reads the files of a document once each, and compares them with the manifest.
    ///
    /// # Errors
    ///
    /// See [`Unsealed`].
    pub fn open(
        document: GenerationDocument,
        mut read: impl FnMut(&ManifestFile) -> Result<Vec<u8>, PublicationError>,
    ) -> Result<Self, Unsealed> {
        let manifest = Manifest::parse(document.manifest.as_bytes())
            .map_err(|error| Unsealed::Damaged(format!("{}: {error}", Manifest::FILE_NAME)))?;
        let mut known: HashMap<&str, Arc<Vec<u8>>> = HashMap::new();
        let mut files = Vec::new();
        for listed in &manifest.files {
            let bytes = match known.get(listed.sha256.as_str()) {
                Some(bytes) => Arc::clone(bytes),
                None => Arc::new(read(listed).map_err(Unsealed::Unread)?),
            };
            listed
                .check(&bytes)
                .map_err(|reason| Unsealed::Damaged(format!("{}: {reason}", listed.path)))?;
            known.insert(&listed.sha256, Arc::clone(&bytes));
            files.push(bytes);
        }
        Ok(Self { document, manifest, files })
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
