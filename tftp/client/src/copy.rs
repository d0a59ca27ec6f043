//! A good copy of the rules: bytes as a server gave them, and what they were verified by.

use std::sync::Arc;

use adr_bundle::{ListKind, sha256};

/// The application dial rules, below a view's folder.
pub const APPLICATION: &str = ListKind::Application.path();
/// The directory lookup rules, below a view's folder.
pub const LOOKUP: &str = ListKind::Lookup.path();

/// Bytes that a client calls valid and, where there is a manifest, that the manifest names.
///
/// Only [`judge`](crate::judge) makes one, so whoever holds one may dial by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub(crate) server: String,
    pub(crate) seal: Option<Seal>,
    pub(crate) application: Arc<Vec<u8>>,
    /// Missing where the server has no such file: then nothing is changed on a lookup.
    pub(crate) lookup: Option<Arc<Vec<u8>>>,
}

/// The manifest that a copy was verified by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    pub(crate) generation: u64,
    pub(crate) manifest: Arc<Vec<u8>>,
    pub(crate) sha256: String,
    pub(crate) signature: Option<String>,
    pub(crate) expires: Option<u64>,
}

impl Copy {
    /// The server that it came from.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Its generation; `None` when the server has no manifest.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        self.seal.as_ref().map(|seal| seal.generation)
    }

    /// SHA-256 of its manifest; `None` when the server has none.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        self.seal.as_ref().map(|seal| &*seal.sha256)
    }

    /// When its signature expires, in seconds since 1970; `None`: never, or not signed.
    #[must_use]
    pub fn expires(&self) -> Option<u64> {
        self.seal.as_ref().and_then(|seal| seal.expires)
    }

    /// Whether both lead to the same results, whatever they are called.
    #[must_use]
    pub fn has_same_files(&self, other: &Self) -> bool {
        self.application == other.application && self.lookup == other.lookup
    }

    /// The SHA-256 that a file of this copy has, by which a server can say that it is unchanged.
    pub(crate) fn known(&self, path: &str) -> Option<(String, Arc<Vec<u8>>)> {
        let bytes = match path {
            APPLICATION => &self.application,
            LOOKUP => self.lookup.as_ref()?,
            _ => {
                let seal = self.seal.as_ref()?;
                return Some((seal.sha256.clone(), Arc::clone(&seal.manifest)));
            }
        };
        Some((sha256(bytes), Arc::clone(bytes)))
    }
}
