//! The client core: fetches rules, verifies them, keeps the last good copy, and dials by them.
//!
//! Layer 5. What to do with what was fetched ([`judge`]), when to ask ([`schedule`], [`follow`])
//! and what a server says ([`events`]) are decided without I/O, with time and chance as arguments;
//! [`fetch`], [`cache`], [`control`] and [`core`] are where the world comes in.

pub mod cache;
pub mod control;
pub mod copy;
pub mod core;
pub mod events;
mod fetch;
pub mod follow;
pub mod judge;
pub mod refusal;
pub mod rules;
pub mod schedule;
pub mod server;
pub mod status;

pub use adr_engine::{Cleaned, Cleaner};
