//! Requests equal to the recorded ones in canonical form, and every recorded answer read.
//!
//! The recordings are in `tests/corpus/axl` and `tests/corpus/cucm`; the README of the latter says
//! how they were made.

#![allow(clippy::disallowed_methods, reason = "the suite reads recordings from disk")]

mod axl_answers;
mod axl_requests;
mod canonical;
mod recordings;
mod service_answers;
mod service_requests;
mod upload;
