//! The live source: its decisions against a model, and its thread against a stand-in for CUCM.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the suite starts servers and waits; a failure there fails the test"
)]

mod machine;
mod model;
mod source;
