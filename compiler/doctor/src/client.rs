//! A softphone: where it gets its dial rules from, and what it makes of them.
//!
//! ```text
//! you -> configuration -> server -> file -> rules
//!        TFTP addresses   HTTP and   there,  what the client reads,
//!        and why          TFTP       valid   current, applied
//! ```

mod cause;
mod diagnose;
mod file;
mod number_log;
pub mod observation;
mod process;
mod server;

pub(crate) use cause::CHECKS;
pub use diagnose::diagnose;
pub use file::{PlanFile, compare};
pub use number_log::{MAX_LOGGED_NUMBERS, NumberReader, RuleLists};
pub use observation::Observations;
pub use process::{MAX_PROCESSES, read_processes};
