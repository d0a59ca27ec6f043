//! The way from a presence server to calendars on Exchange.

mod anonymous;
mod cause;
pub mod certificates;
pub(crate) mod codes;
mod diagnose;
pub mod ews;
mod locale;
mod names;
pub mod observation;
pub mod record;
mod remarks;
mod retirement;
mod role;
mod seen;
pub mod state;
mod trust;
mod unseen;
mod words;

pub(crate) use cause::CHECKS;
pub use diagnose::diagnose;
pub use observation::Observations;
pub(crate) use seen::path;
