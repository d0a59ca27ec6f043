//! What differs on Windows: pipes, services, consoles, patterns of files, and open files.
//!
//! `tests/windows` builds `adrc` for Windows and the small programs of `tests/wine`, and runs these
//! tests under wine. `cargo test --workspace` leaves them out.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests start processes and servers; a failure there fails the test"
)]

mod core;
mod files;
mod harness;
mod provision;
mod service;
mod watch;
