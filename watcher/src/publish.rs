//! Publishing: readers see a generation as a whole or not at all.
//!
//! A generation is the complete set of files that clients download, with a number that only grows.
//!
//! ```text
//! DIR/generations/3/              one complete generation, with manifest.json and record.json
//! DIR/current -> generations/3    the generation that readers see; replaced by one rename
//! DIR/CUPC -> current/CUPC        stable links, made once; the same for the other names
//! ```
//!
//! A folder may have two more files. `.sources.json` knows which rule sources were in step with
//! which generation, see [`Publisher::from_sources`]. `.nodes/NAME.json` is the report of a node
//! that shares the folder, see [`crate::publication::FolderPublication`].
//!
//! Where the system offers no symbolic links, `current` is a file with the line `generations/3`,
//! and there are no stable links: see [`Switch`].
//!
//! A reader that follows `current` sees the old generation or the new one, never a mixture, even if
//! the publisher is killed: [`Publisher`] writes and syncs all files below `generations/` before it
//! renames `current`.

mod annotation;
mod content;
mod disk;
mod error;
mod fetch;
mod generation;
mod history;
mod install;
mod layout;
mod memory;
mod next;
mod precondition;
mod prepare;
mod publisher;
mod record;
mod renewal;
mod rollback;
mod seal;
mod signing;
mod sources;
mod staging;
mod switch;
#[cfg(test)]
mod tests;
mod through;
mod verdict;

pub use annotation::{Annotation, Commit};
pub use content::content_sha256;
pub use error::PublishError;
pub(crate) use generation::RECORD_BYTES;
pub use generation::published_by;
pub use history::{BlockedGenerations, HistoryEntry, blocked_generations, history, recent_history};
pub(crate) use install::Installing;
pub use layout::generation_folder;
pub(crate) use layout::{is_published, kept_generations};
pub use memory::tree_after;
pub use publisher::{Base, DEFAULT_KEPT_GENERATIONS, Published, Publisher};
pub use record::Rollback;
pub(crate) use record::{RECORD_FILE_NAME, is_record};
pub use rollback::RolledBack;
pub(crate) use seal::document;
pub use seal::seal;
pub use signing::{KeyError, KeySigner, Signed, Signer, SigningPolicy};
pub use sources::SourcesIdentity;
pub(crate) use staging::signed_name;
pub use switch::Switch;
