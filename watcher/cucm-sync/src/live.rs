//! The rules of a cluster as a live source of `adrc serve` and `adrc watch`: an edit on CUCM's page
//! becomes a new generation without anybody touching adrc.
//!
//! [`Live`] decides, without I/O, what to ask and what to publish. [`LiveSource`] runs it in a
//! thread. The rules become one rule source, [`Text`], which a daemon loads together with files.
//!
//! ```text
//! start, hourly ── Baseline ──> Lists ──> Changes ── no rule changed ──> publish, pause, Changes …
//!                                 ^          │
//!                                 └──────────┘ a rule changed
//! ```
//!
//! The baseline comes before the lists, so no edit is missed. adrc publishes lists only after CUCM
//! says that no rule has changed since they were read, so it publishes nothing that CUCM never
//! held. A cluster without a list of changes is asked for whole lists at each poll; after an edit,
//! adrc publishes what two answers in a row have.

mod failure;
mod former;
mod machine;
mod pause;
mod question;
mod settings;
mod shrink;
mod snapshot;
mod source;
mod text;

pub use failure::{Failure, FailureKind};
pub use former::Former;
pub use machine::{FIRST_DELAY, FULL_READ_EVERY, Input, Live, Output};
pub use question::{Lists, Parts, Question};
pub use settings::{DEFAULT_POLL, Settings};
pub use shrink::Shrunk;
pub use snapshot::Snapshot;
pub use source::{LiveEvent, LiveSource, Silent, StartError, read_once};
pub use text::{Text, UnusableRules};
