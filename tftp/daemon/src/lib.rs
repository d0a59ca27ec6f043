//! Keeps a dial plan published, and serves it: what `adrc watch` and `adrc serve` run.
//!
//! Layer 9. Both commands drive the same supervisor, [`adr_watcher::supervisor`], and handle the
//! results of its jobs differently:
//! ```text
//! files ──> SourceWatch ──┐                       ┌──> check, sign, publish   (worker thread)
//! CUCM ───> LiveSource ───┤
//! signals ────────────────┼──> Driver: Supervisor ┤
//! admin port ─────────────┤      (this thread)    └──> swap what is served    (serve only)
//! published folder ───────┘
//! ```
//!
//! [`wait`] is the other side: `--wait` asks running servers which client cores run a generation.
//!
//! All settings are plain values: [`watch::Settings`] and [`serve::Settings`]. The caller parses
//! the command line, and implements [`Messages`] to show messages on a terminal. Checking and
//! publishing run in a worker thread, never in the thread that receives signals.
//!
//! ```
//! use adr_daemon::address::TftpAddress;
//!
//! let address: TftpAddress = "10.0.0.5".parse().unwrap();
//! assert_eq!(address.0.to_string(), "10.0.0.5:69");
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a daemon is signals, sockets, threads and clocks; what it decides is in the supervisor"
)]

pub mod address;
mod cluster;
mod commit;
pub mod config;
mod driver;
mod error;
mod event;
mod generation_source;
pub mod log;
pub mod memory;
mod messages;
mod nodes;
mod owners;
mod panics;
mod part;
mod platform;
mod progress;
mod reload_report;
mod rollback;
mod rules_rejected;
pub mod serve;
mod signals;
mod source;
pub mod wait;
pub mod watch;
mod writing;

pub use error::Error;
pub use messages::Messages;
pub use nodes::Nodes;
pub use source::{Publishing, Source, published_message};
