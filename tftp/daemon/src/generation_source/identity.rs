//! Whether a published folder has changed since it was loaded.

use std::path::Path;

use adr_bundle::folder::SIGNATURE_BYTES;
use adr_bundle::{Folder, SIGNATURE_FILE_NAME, sha256};

/// What a published folder currently holds: the hashes of its manifest and of its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    manifest: String,
    signature: Option<String>,
}

impl Identity {
    /// `None` if there is no manifest that can be read.
    pub(super) fn of(published: &Path) -> Option<Self> {
        let folder = Folder::current(published).ok()?;
        let manifest = sha256(&folder.read_manifest().ok()?);
        let signature = folder.read(SIGNATURE_FILE_NAME, SIGNATURE_BYTES).ok();
        Some(Self { manifest, signature: signature.map(|signature| sha256(&signature.bytes)) })
    }
}
