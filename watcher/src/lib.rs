//! Reads rule sources from disk and publishes generations.
//!
//! Layer 6, where the compiler meets the world: [`sources`] brings texts in, [`publish`] brings a
//! generation out, [`mod@write`] a single file; all of them as a whole or not at all. [`change_plan`]
//! writes down what is to be published, and [`mod@watch`] notices that sources change.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate is where the core's texts come from disk and its files go there"
)]

pub mod change_plan;
pub mod publish;
pub mod sources;
pub mod supervisor;
pub mod watch;
pub mod write;
