//! Pushes to a stand-in of CUCM: what they change, and what faults leave behind.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the suite has folders and a clock, and a failure there fails the test"
)]

mod bench;
mod conflicts;
mod faults;
mod long;
mod success;
