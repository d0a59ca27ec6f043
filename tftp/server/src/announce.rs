//! Announcements of new generations to client cores, and the reports of cores.
//!
//! `docs/reference/protocol.md` describes the messages on the wire. One cell holds the latest
//! state, and every listener reads it at its own pace. A slow listener misses intermediate states,
//! but never the latest one, and no queue grows for it.

mod announcer;
mod client_filter;
mod client_metrics;
mod client_summary;
mod client_table;
mod inline_files;
mod known_clients;
mod nodes;
mod routes;
mod stream;

pub use announcer::{Announcer, ReportError};
pub use client_filter::{ClientFilter, ClientRows};
pub use known_clients::KnownClients;
pub use nodes::{OtherNodes, ReadRows};
