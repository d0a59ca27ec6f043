//! Transfers over a link that loses, doubles and delays packets: between sender and receiver, and
//! between a simple sender and the receiver.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking; the clock is read once, as the origin of simulated times"
)]

mod agreement;
mod faults;
mod link;
mod receiving;
