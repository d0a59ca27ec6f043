//! The server as clients, administrators and upstream servers meet it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test is a client with sockets and a clock, and fails by panicking"
)]

mod announce;
mod bad_http;
mod bad_tftp;
mod bad_upstream;
#[cfg(target_os = "linux")]
mod gate;
mod harness;
mod http_files;
mod inline_files;
mod published;
mod serve;
mod tls;
mod upstream;
