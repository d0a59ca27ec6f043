//! The client core, the headless process that fetches, verifies and applies dial rules for the
//! softphones of one user.
//!
//! [`Core::open`] starts a core in a thread. It loads the last good snapshot from its cache,
//! follows the first server that announces changes, and replaces the rules whenever a server has
//! newer ones that verify. Meanwhile any number of threads dial through a [`Handle`], and other
//! applications of the same user dial through the control socket ([`control`]).
//!
//! ```
//! use std::time::Duration;
//!
//! use adr_client::{Core, Server, Settings};
//!
//! let mut settings = Settings::new(vec![Server::parse("http://127.0.0.1:9")?]);
//! settings.poll_interval = Duration::from_secs(300);
//! let core = Core::open(settings)?;
//!
//! // no server listens at this address: the reload fails, and numbers are unchanged
//! let reloaded = core.handle().reload(Duration::from_secs(30));
//! assert_eq!(reloaded.unwrap_err().reason().word(), "unreachable");
//! let mut result = Vec::new();
//! core.handle().dial(b"5551212", &mut result);
//! assert_eq!(result, b"5551212");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```text
//! servers ──announce──> follow ──request──> fetch ──files──> verify ──snapshot──> rules
//!    ^                                                                 │            ^
//!    └───────────────────────────── report ────────────────────────────┤            │ dial
//!                                                                    cache        Handle
//!                                                                                   ^
//!                                           threads of the program, control socket ─┘
//! ```
//!
//! `examples/softphone.rs` is a softphone that dials by the rules of a server.
//!
//! Layer 5. What to accept ([`verify`]), when to ask ([`agenda`], [`follow`], [`standby`],
//! [`schedule`]), whether rules may be held back ([`freshness`]), whether
//! the followed server is behind (`lag`, `standing`) and what a stream of events
//! contains ([`events`]) are decided without I/O, with time and random numbers as arguments. I/O
//! happens in `fetch`, `refresh`, [`cache`] and [`control`].

pub mod agenda;
pub mod answer;
pub mod cache;
mod clock;
pub mod control;
mod core;
mod current;
mod detail;
pub mod events;
mod fetch;
pub mod follow;
pub mod freshness;
mod handle;
pub mod headless;
mod key;
mod lag;
mod platform;
mod proxy;
mod refresh;
pub mod rejection;
mod rejections;
mod rules;
pub mod schedule;
mod server;
mod server_order;
mod settings;
pub mod snapshot;
pub mod standby;
mod standing;
mod status;
pub mod user_dirs;
pub mod verify;

pub use adr_engine::{Cleaned, Cleaner};
pub use adr_protocol::State;

pub use crate::core::{Core, OpenError};
pub use fetch::tls::TlsError;
pub use handle::{Handle, ReloadResult, Reloaded};
pub use key::{KeyError, read_key};
pub use proxy::{Proxy, ProxyError};
pub use rejection::Rejection;
pub use rules::Rules;
pub use server::{Server, ServerError};
pub use settings::{Settings, Timing};
pub use status::Status;
