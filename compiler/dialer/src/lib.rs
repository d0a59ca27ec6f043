//! Applies dial rules to numbers fast, whatever the size of the list.
//!
//! [`adr_engine::apply`] is the specification: it compares a number with one rule after the other.
//! A [`Dialer`] is built once from the same rules and gives the same answers in tens of
//! nanoseconds. Nothing is allocated for a call with a short number and a short prefix; longer ones
//! reuse the caller's [`Scratch`].
//!
//! ```
//! use adr_dialer::{Dialer, Scratch};
//! use adr_engine::Rule;
//!
//! let rules = [Rule::from_deployed("911", 3, 0, ""), Rule::from_deployed("", 7, 0, "9")];
//! let dialer = Dialer::new(&rules);
//! let mut scratch = Scratch::default();
//! assert_eq!(dialer.dial(b"5551212", &mut scratch).result, b"95551212");
//! assert_eq!(dialer.dial(b"5551212", &mut scratch).rule(), Some(1));
//! ```
//!
//! The first match depends only on the length of a number and on its first bytes, so a look-up goes
//! one of three ways:
//!
//! ```text
//!                    up to 48 rules         more rules
//! number -> Head --> small::SmallList       table::Table ------> Winner -> action -> result
//!           (first   four rules compared    one cache line       (rule and
//!           16 bytes at a time              per look-up           action)
//!           in two                              |
//!           registers)                          v  rules with `*`, `#` or very long begins-with
//!                                           fallback::Fallback
//! ```
//!
//! `docs/contributing/decisions/0023-a-dialer-of-its-own.md` has the measurements that justify the
//! table.

mod action;
mod build;
mod cache_line;
mod dialed;
mod dialer;
mod fallback;
mod head;
mod key;
mod large;
mod lines;
mod results;
mod small;
mod table;
mod winner;

pub use action::Scratch;
pub use dialed::Dialed;
pub use dialer::Dialer;
pub use results::Results;
