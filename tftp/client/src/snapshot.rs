//! A verified snapshot of the rules: the files as a server sent them, and the manifest that names
//! them.

use std::sync::Arc;

use adr_bundle::{ListKind, sha256};

use crate::verify::Identity;

/// Path of the application dial rules, relative to the folder of a view.
pub const APPLICATION: &str = ListKind::Application.path();
/// Path of the directory lookup rules, relative to the folder of a view.
pub const LOOKUP: &str = ListKind::Lookup.path();

/// Files of rules that a softphone reads without an error and, where the server has a manifest,
/// that the manifest names.
///
/// Only [`verify`](crate::verify) makes one, so every snapshot is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSnapshot {
    /// The address of the server that sent the files.
    pub(crate) server: String,
    /// The manifest; `None` when the server has none.
    pub(crate) provenance: Option<Provenance>,
    /// The file of application dial rules.
    pub(crate) application: KnownFile,
    /// The file of directory lookup rules; `None` when the server has none: then lookups leave
    /// numbers unchanged.
    pub(crate) lookup: Option<KnownFile>,
}

/// The manifest that a snapshot was verified against, and its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    pub(crate) generation: u64,
    /// The bytes of `manifest.json`.
    pub(crate) manifest: Arc<Vec<u8>>,
    /// SHA-256 of those bytes, lower-case hexadecimal.
    pub(crate) sha256: String,
    /// The text of the signature; `None` when no key is pinned.
    pub(crate) signature: Option<String>,
    /// When the signature was made, in seconds since 1970, UTC; `None` when no key is pinned.
    pub(crate) signed: Option<u64>,
    /// When the signature expires, in seconds since 1970, UTC; `None` for never.
    pub(crate) expires: Option<u64>,
}

impl Provenance {
    pub(crate) fn identity(&self) -> Identity {
        Identity { generation: self.generation, sha256: self.sha256.clone() }
    }
}

/// A file that is already here, so that a server need not send it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownFile {
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub(crate) sha256: String,
    pub(crate) bytes: Arc<Vec<u8>>,
}

impl KnownFile {
    pub(crate) fn of(bytes: &Arc<Vec<u8>>) -> Self {
        Self { sha256: sha256(bytes), bytes: Arc::clone(bytes) }
    }
}

impl RuleSnapshot {
    /// The address of the server that sent it.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Its generation; `None` when the server has no manifest.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        self.provenance.as_ref().map(|provenance| provenance.generation)
    }

    /// SHA-256 of its manifest; `None` when the server has no manifest.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        self.provenance.as_ref().map(|provenance| &*provenance.sha256)
    }

    /// Its generation and manifest; `None` when the server has no manifest.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.provenance.as_ref().map(Provenance::identity)
    }

    /// When its signature was made, in seconds since 1970, UTC; `None` when it is not signed.
    pub(crate) fn signed(&self) -> Option<u64> {
        self.provenance.as_ref().and_then(|provenance| provenance.signed)
    }

    /// When its signature expires, in seconds since 1970, UTC; `None` for never, or not signed.
    #[must_use]
    pub fn expires(&self) -> Option<u64> {
        self.provenance.as_ref().and_then(|provenance| provenance.expires)
    }

    /// Whether both have the same files of rules, whatever their generations.
    #[must_use]
    pub fn has_same_files(&self, other: &Self) -> bool {
        self.application == other.application && self.lookup == other.lookup
    }

    /// The same files as if they came from a server without a manifest, so that any generation may
    /// replace them.
    pub(crate) fn without_generation(self) -> Self {
        Self { provenance: None, ..self }
    }

    /// Whether this snapshot may replace another one. It was verified against what was running when
    /// it was requested; meanwhile another one may have been accepted.
    pub(crate) fn may_replace(&self, running: &Self) -> bool {
        match (&self.provenance, &running.provenance) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(new), Some(old)) => {
                let is_same = new.generation == old.generation && new.sha256 == old.sha256;
                // a signature of the same manifest may be a renewed one
                new.generation > old.generation || (is_same && new.signed >= old.signed)
            }
        }
    }

    /// A file of this snapshot by the path under which the client asks for it; any path that is not
    /// a file of rules stands for the manifest.
    pub(crate) fn known_file(&self, path: &str) -> Option<KnownFile> {
        match path {
            APPLICATION => Some(self.application.clone()),
            LOOKUP => self.lookup.clone(),
            _ => {
                let Provenance { sha256, manifest, .. } = self.provenance.as_ref()?;
                Some(KnownFile { sha256: sha256.clone(), bytes: Arc::clone(manifest) })
            }
        }
    }
}
