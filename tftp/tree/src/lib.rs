//! The published tree: the one format in which the compiler and the servers meet.
//!
//! Floor 1. A published folder holds the files of every view and a `manifest.json` that names them,
//! with sizes and SHA-256; [`Tree`] is all of it in memory, verified. Whoever serves the tree knows no
//! rules; whoever compiles knows no sockets. [`State`] and [`Report`] are what servers and client cores tell each
//! other about a tree.

mod announce;
pub mod folder;
mod manifest;
mod networks;
pub mod signature;
mod tree;
mod verify;

pub use announce::{
    Announcement, CORE_FILES, DETAIL_CHARACTERS, EVENT_BYTES, REPORT_BYTES, Reason, Refusal,
    Report, SIGNATURE_FILE_NAME, State, is_client_name,
};
pub use folder::Folder;
pub use manifest::{FORMAT_VERSION, Manifest, ManifestError, ManifestFile, ManifestView};
pub use tree::{Case, MOST_BYTES, MOST_FILES, Tree, TreeError, TreeFile, View};
pub use verify::{Damage, sha256};
