//! Names the cause: observations of a presence gateway, a client, a cluster or nodes in, findings
//! out.
//!
//! Others look: they resolve names, connect, send requests, read logs. What they see is a value,
//! an observation. A [`Cause`] is one way in which things go wrong; its check finds it in the
//! observations. A [`Diagnosis`] has what was found, with the first thing to repair first, the
//! steps of the path, and what could not be seen.
//!
//! ```text
//! presence::Observations --+
//! client::Observations ----+--> checks of the causes --> Diagnosis --> text, JSON, JUnit
//! cucm::Observations ------+                               found, path, unseen
//! nodes::Observations -----+
//! log::Observations -------+
//! ```
//!
//! This crate does not access disks, sockets, clocks or the environment: what time it is belongs to
//! the observations.
//!
//! Layer 4.

mod cause;
pub mod client;
pub mod cucm;
mod diagnosis;
mod found;
pub mod log;
pub mod nodes;
pub mod presence;
mod record;
mod step;

pub use cause::{Cause, Source, causes};
pub use diagnosis::{Diagnosis, Outcome, StepOutcome, Unseen};
pub use found::{Fix, Found, Place};
pub use record::RecordError;
pub use step::{Area, Step};
