//! The core against a server that does what a script says, and all that a server can do wrong.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests start servers, and say what is wrong by failing"
)]

mod enclosed;
mod following;
mod keeping;
mod offers;
mod scripted;
mod socket;
#[cfg(unix)]
mod socket_file;
#[cfg(windows)]
mod socket_list;
mod tftp;
