//! The core against a server that follows a script, and everything that a server can do wrong.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests start servers, and fail by panicking"
)]

mod cache;
mod candidates;
mod dialing;
mod enclosed;
mod following;
mod script;
mod scripted_server;
mod socket;
#[cfg(unix)]
mod socket_unix;
#[cfg(windows)]
mod socket_windows;
mod tftp;
mod verify;
