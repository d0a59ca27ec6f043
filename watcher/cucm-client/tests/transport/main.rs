//! Sessions against a scripted server with real TLS.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these tests run a server and write files; a helper that fails ends its test"
)]

mod busy;
mod certificates;
mod credentials;
mod failures;
mod lists;
mod login;
mod platform;
mod server;
mod soap;
mod versions;
