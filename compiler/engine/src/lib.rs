//! Dial strings, rules, first match, and the files that clients read.
//!
//! Layer 1. A [`Rule`] says what a client does with a number; a [`RuleList`] is a list of rules
//! that CUCM's own limits allow, and only such a list can be written to a file. [`apply`] is the
//! reference: obviously right, and what every faster way is checked against.

mod apply;
mod clean;
mod dial_string;
mod fast;
mod list;
mod rule;
mod trace;
pub mod xml;

pub use apply::{Applied, apply, apply_into, first_match};
pub use clean::{
    Change, Cleaned, Cleaner, Cut, Left, Place, Undialable, are_clean_lines, clean, is_clean,
};
pub use dial_string::{DialString, DialStringError};
pub use fast::{Dialer, Dialled, Results, Room};
pub use list::{RuleList, RuleListError};
pub use rule::{Mismatch, Rule, RuleError};
pub use trace::{PassedOver, Trace, trace};
