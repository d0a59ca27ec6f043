//! The client core with a scripted server, which answers correctly or with any kind of failure.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests start servers; a failure there fails the test"
)]

mod agenda;
mod cache;
mod candidates;
mod dialing;
#[cfg(unix)]
mod embedded;
mod enclosed;
#[cfg(unix)]
mod file_address;
mod following;
mod garbage;
mod hostile;
mod nodes;
mod nodes_property;
mod rejections;
mod script;
mod scripted_server;
mod socket;
#[cfg(unix)]
mod socket_unix;
#[cfg(windows)]
mod socket_windows;
mod standby;
mod tftp;
mod tls;
mod verify;
