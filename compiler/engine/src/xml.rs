//! The two files that clients read.
//!
//! [`write`] makes them. [`read_as_client`] reads one exactly as the real client does, whatever it
//! holds; [`check`] says in findings what a client would make of it and what it would not have
//! expected. quick-xml splits the text; `document` closes what it lets pass and the client does
//! not.

mod check;
mod client;
mod doctype;
mod document;
mod entities;
mod findings;
mod malformed;
mod markup;
mod namespaces;
mod text;
mod write;
mod written;

pub use check::{Strict, check, read_strict};
pub use client::{ClientError, ClientFile, read_as_client, reads_as};
pub use findings::FINDINGS;
pub use write::write;
