//! Keeps dial plans and CUCM in step: what the commands that name a `cucm://` address, and the
//! live source of `adrc serve` and `adrc watch`, do with a cluster.
//!
//! [`connect()`] makes a [`Connection`] from an address, the project file and what a person
//! answers. A person is asked through [`Person`], so this crate writes nothing on a terminal.
//! Calls are asynchronous; a command runs them with [`block_on()`].
//!
//! Layer 8.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate calls CUCM, waits, and keeps records of unfinished work on disk"
)]

pub mod connect;
pub mod deploy;
mod emergency;
pub mod examine;
pub mod live;
mod platform;
pub mod push;
mod read;
pub mod registered;
mod runtime;
mod state_file;

pub use connect::{ConnectError, Connection, Options, Person, connect};
pub use emergency::EmergencyRewritten;
pub use read::{ClusterRules, ReadError, read_cluster, read_patterns, read_rules};
pub use runtime::block_on;
