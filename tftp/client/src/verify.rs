//! Verification: whether a candidate from a server may replace the snapshot that is running.
//!
//! The decisions are pure functions of bytes. They run in two steps, because the manifest decides
//! whether the files are worth a request:
//!
//! ```text
//! manifest.json, signature ──> verify_manifest ──> Candidate
//!                 Candidate, files of rules ──> verify_files ──> RuleSnapshot
//! ```
//!
//! A snapshot is replaced only by one that matches its manifest, that a softphone reads, and whose
//! generation is not older: [`relation`] has the table. [`Policy`] holds what else is required.
//! What a server announced does not matter here: see [`agenda`](crate::agenda).

mod candidate;
mod files;
mod manifest;
mod policy;
mod relation;

pub use candidate::Candidate;
pub use files::{FilesVerdict, MAX_VALUE_CHARACTERS, verify_files};
pub use manifest::{ManifestVerdict, verify_manifest};
pub use policy::Policy;
pub use relation::{Identity, Relation, relation};
