//! The published tree: the one format in which the compiler and the servers meet.
//!
//! Layer 1. A published folder holds the files of every view and a `manifest.json` that names them,
//! with sizes and SHA-256; [`Tree`] is all of it in memory, verified. Whoever serves the tree knows
//! no rules; whoever compiles knows no sockets.

pub mod folder;
mod list_kind;
mod manifest;
mod networks;
pub mod signature;
mod tree;
mod verify;

pub use folder::Folder;
pub use list_kind::{ListKind, RULES_FOLDER};
pub use manifest::{FORMAT_VERSION, Manifest, ManifestError, ManifestFile, ManifestView};
pub use signature::SIGNATURE_FILE_NAME;
pub use tree::{Case, MOST_BYTES, MOST_FILES, Tree, TreeError, TreeFile, View};
pub use verify::{Damage, sha256};
