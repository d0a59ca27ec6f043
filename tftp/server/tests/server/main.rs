//! Tests of a running server over its sockets: TFTP, HTTP, the admin port and upstream servers.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the tests open sockets and use the clock; a failure there fails the test"
)]

mod admin;
mod announce;
mod bad_http;
mod bad_tftp;
mod bad_upstream;
mod faults;
mod forged_searches;
mod harness;
mod http_files;
mod inline_files;
mod published;
mod ready;
mod serve;
mod shares;
mod tftp_addresses;
mod tftp_guesses;
mod tftp_limits;
mod tls;
mod upstream;
