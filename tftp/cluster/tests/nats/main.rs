//! The publication against real NATS servers: the current release, and the oldest supported one.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests wait, and read the clock to limit that; a failure there fails the test"
)]

mod faults;
mod generation;
mod methods;
mod outages;
mod publishers;
mod security;
mod sizes;
