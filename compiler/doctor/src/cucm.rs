//! A cluster of CUCM: its nodes and files, its emergency numbers, and what becomes of the results
//! of dial rules.

mod case;
mod cause;
mod compare;
mod diagnose;
mod observation;
mod record;

pub use crate::record::RecordError;
pub(crate) use cause::CHECKS;
pub use diagnose::diagnose;
pub use observation::{
    Access, Answer, Content, Dialed, File, Lists, Mlpp, Node, Observations, Pattern, PatternKind,
    Patterns, Plan, SeenRule, Service,
};
pub use record::{MAX_RECORD_BYTES, RECORD_VERSION, read_record, write_record};
