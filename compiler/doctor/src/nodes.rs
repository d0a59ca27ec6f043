//! A cluster of nodes of adrc: what they share, and how far each of them is.
//!
//! ```text
//! you -> TCP -> TLS -> login -> buckets -> quorum -> generation -> nodes
//!        a server      rights   prepared   copies    whole, signed  current
//!        answers
//! ```

mod cause;
mod diagnose;
pub mod observation;

pub(crate) use cause::CHECKS;
pub use diagnose::diagnose;
pub use observation::Observations;
