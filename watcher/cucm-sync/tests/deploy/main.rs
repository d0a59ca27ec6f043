//! Deployments to a CUCM for tests with two TFTP nodes.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these tests run a server and write files; a helper that fails ends its test"
)]

mod admin;
mod archive;
mod every_fault;
mod failures;
mod no_pause;
mod plan;
mod registrations;
mod whole;
mod world;
