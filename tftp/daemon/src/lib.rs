//! Keeps a dial plan published, and serves it: what `adrc watch` and `adrc serve` run.
//!
//! Layer 8. Both commands are the same machine, [`adr_watcher::supervisor`], with different hands:
//!
//! ```text
//! files ──> SourceWatch ──┐                       ┌──> check, sign, publish   (worker thread)
//! signals ────────────────┼──> Driver: Supervisor ┤
//! admin port ─────────────┤      (this thread)    └──> swap what is served    (serve only)
//! published folder ───────┘
//! ```
//!
//! Everything enters as plain values: [`watch::Settings`] and [`serve::Settings`]. Command-line
//! flags and terminals stay with the caller, which implements [`Messages`]. Checking and publishing
//! never run in the thread that hears signals.
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
pub mod config;
mod driver;
mod error;
mod event;
mod generation_source;
pub mod log;
mod messages;
pub mod serve;
mod signals;
mod source;
pub mod watch;

pub use error::Error;
pub use messages::Messages;
pub use source::{Publishing, Source, published_message};
