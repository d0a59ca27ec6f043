//! The zoo judged by others: certificates by openssl, servers by curl.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests open sockets and start processes; a failure there fails the test"
)]

mod certificates;
mod exchange;
mod raw;
