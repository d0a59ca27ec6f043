//! What servers and client cores say to each other about a published bundle; see docs/protocol.md.
//!
//! Layer 3. A server announces a [`State`], as an [`Announcement`] to those that listen; a client
//! core answers with a [`Report`]. All are plain values in JSON; this crate opens no socket.

mod event;
mod report;
mod state;

pub use event::{Announcement, CORE_FILES, EVENT_BYTES};
pub use report::{DETAIL_CHARACTERS, REPORT_BYTES, Reason, Refusal, Report, is_client_name};
pub use state::State;
