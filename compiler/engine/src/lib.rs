//! Dial strings, dial rules, first match, and the XML files that clients read.
//!
//! A [`Rule`] says which numbers it matches and what a client sends out instead. Clients apply the
//! first rule of a list that matches, once; [`apply()`] does exactly that and is the specification
//! for every faster way. A [`RuleList`] holds only rules within the limits of CUCM, so everything
//! that [`xml::write()`] writes can be deployed. [`clean()`] turns numbers as people write them
//! into numbers as phones dial them.
//!
//! ```
//! use adr_engine::{Rule, RuleList, apply, clean, xml};
//!
//! let list = RuleList::new(vec![Rule::from_deployed("+1", 12, 1, "9")])?;
//! let number = clean(b"+1 (408) 555-1212");
//! assert_eq!(&*apply(&list, &number).result, b"914085551212");
//! assert_eq!(xml::read_as_client(&xml::write(&list)).rules, list.rules());
//! # Ok::<(), adr_engine::RuleListError>(())
//! ```
//!
//! ```text
//! AppDialRules.xml <---- xml::write ----- RuleList
//!        |                                   |
//!        +---- xml::read_as_client ----> [Rule]
//!                                            |
//!                                            v
//! "+1 (408) 555-1212" -- clean --> number -> apply -> "914085551212"
//! ```

mod apply;
mod clean;
mod dial_string;
mod list;
mod rule;
mod trace;
pub mod xml;

pub use apply::{Applied, apply, apply_into, first_match};
pub use clean::{
    Change, Cleaned, Cleaner, CutParameter, Position, Undialable, UndialablePart, are_clean_lines,
    clean, is_clean,
};
pub use dial_string::{DialString, DialStringError};
pub use list::{RuleList, RuleListError};
pub use rule::{Mismatch, Rule, RuleError};
pub use trace::{SkippedRule, Trace, trace};
