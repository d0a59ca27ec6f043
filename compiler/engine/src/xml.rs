//! The two XML files that clients read: `AppDialRules.xml` and `DirLookupDialRules.xml`.
//!
//! [`write()`] writes them. [`read_as_client`] reads one exactly as the real client does, whatever
//! it contains. [`read_strict`] reads one as input for adrc and reports every deviation from what
//! [`write()`] would have written. quick-xml splits the text into events; `document` adds the
//! checks of libxml2, the client's parser, that quick-xml omits.

mod canonical;
mod check;
mod client;
mod doctype;
mod document;
mod entities;
mod findings;
mod malformed;
mod names;
mod namespaces;
mod references;
mod tag;
mod text;
mod write;

pub use check::{StrictFile, check, read_strict};
pub use client::{ClientError, ClientFile, read_as_client, reads_as};
pub use findings::FINDINGS;
pub use write::write;
