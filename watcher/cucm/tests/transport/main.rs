//! Sessions against a scripted server with real TLS.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "these tests run a server and write files"
)]

mod busy;
mod certificates;
mod credentials;
mod failures;
mod lists;
mod login;
mod server;
mod soap;
mod versions;
