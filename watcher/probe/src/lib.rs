//! Looks: the probes of the doctor. What they see becomes the observations of [`adr_doctor`], which
//! says what is wrong.
//!
//! ```text
//! gateway --> DNS --> TCP --> TLS --> certificates --> HTTP --> account --> mailbox
//!                                                                              |
//!                          adr_doctor::presence::Observations <----------------+
//! ```
//!
//! Probes read only. Each has a limit of time and of size, which are constants of the module
//! [`limits`], because what they look at may be broken or hostile.
//!
//! Layer 8.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate opens connections, reads clocks and files"
)]

pub mod client;
pub mod limits;
pub mod log;
pub mod presence;
mod runtime;

pub use runtime::block_on;
