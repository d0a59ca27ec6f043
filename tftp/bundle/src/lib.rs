//! The published tree: the format in which the compiler passes dial rules to servers. A published
//! folder holds the files of every view, and a `manifest.json` that lists them with sizes and
//! SHA-256. Servers read it without knowing dial rules; the compiler writes it without knowing
//! sockets.
//!
//! Layer 1.
//!
//! ```text
//!  published/
//!    current -> generations/7  a link; or a file with the line `generations/7`
//!    generations/7/
//!      manifest.json           generation, views with their networks, files with their hashes
//!      manifest.json.minisig   signature of the manifest (optional)
//!      AppDialRules.xml        files of the default view ...
//!      CUPC/AppDialRules.xml   ... each a second time under the path that clients request
//!      sites/Dallas/...        files of a site
//!
//!  Folder --read--> Manifest --Tree::load--> Tree --view(address)--> View --file(name)--> TreeFile
//! ```
//!
//! ```
//! use adr_bundle::{
//!     Case, FORMAT_VERSION, ListKind, Manifest, ManifestFile, ManifestView, Tree,
//! };
//!
//! let path = ListKind::Application.path();
//! let manifest = Manifest {
//!     format_version: FORMAT_VERSION,
//!     generation: 7,
//!     tool: None,
//!     views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
//!     files: vec![ManifestFile::of(path, b"<DialRules/>\n")],
//! };
//! let text = manifest.to_json().into_bytes();
//! let tree = Tree::load(text, None, |_| Ok(b"<DialRules/>\n".to_vec()))?;
//! let view = tree.view("10.0.0.1".parse().unwrap());
//! assert_eq!(view.file(path, Case::Exact).unwrap().bytes().len(), 13);
//! # Ok::<(), adr_bundle::TreeError>(())
//! ```

pub mod disk;
pub mod folder;
mod limits;
mod list_kind;
mod manifest;
mod networks;
mod phrase;
mod platform;
mod sha256;
pub mod signature;
mod tree;
mod verify;

pub use folder::Folder;
pub use limits::{MAX_BYTES, MAX_FILES};
pub use list_kind::{ListKind, RULES_FOLDER};
pub use manifest::{FORMAT_VERSION, Manifest, ManifestError, ManifestFile, ManifestView};
pub use networks::{InvalidNetwork, Networks, read_network};
pub use sha256::sha256;
pub use signature::SIGNATURE_FILE_NAME;
pub use tree::{Case, Tree, TreeError, TreeFile, View};
pub use verify::{Damage, FileError};
