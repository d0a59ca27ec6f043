//! What the test suites of all crates share.
//!
//! The kit knows processes, temporary folders, sockets, HTTP, TFTP packets, XML and waiting. It
//! depends on no other crate of the workspace, so every crate can use it in its tests. What is
//! specific to one crate stays beside the tests of that crate.
//!
//! Functions panic when something fails: a panic is how a test fails.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests start processes and open sockets; a failure there fails the test"
)]

pub mod data;
#[cfg(target_os = "linux")]
pub mod drive;
pub mod http;
pub mod http_server;
pub mod mount;
pub mod nats;
#[cfg(target_os = "linux")]
pub mod network;
pub mod optional;
pub mod process;
pub mod relay;
pub mod sandbox;
pub mod tftp;
pub mod wait;
pub mod xml;
