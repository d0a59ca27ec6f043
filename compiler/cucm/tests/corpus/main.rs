//! Requests equal to the recorded ones in canonical form, and every recorded answer read.
//!
//! The recordings are in `tests/corpus/axl` and `tests/corpus/cucm`; the README of the latter says
//! how they were made.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the suite reads recordings from disk, and fails where one cannot be read"
)]

mod axl_answers;
mod axl_requests;
mod canonical;
mod damage;
mod recordings;
mod round_trip;
mod service_answers;
mod service_requests;
mod upload;
