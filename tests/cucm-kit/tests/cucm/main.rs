//! The stand-in against the recorded requests, and every fault that it can make.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests open sockets and read files; a failure there fails the test"
)]

mod axl;
mod client;
mod corpus;
mod faults;
mod services;
mod sql;
mod tree;
mod upload;
mod zeep;
