//! Which route pattern takes what dial rules send out.
//!
//! # Closest match
//!
//! Of the patterns that match a number, CUCM takes the one that matches the fewest numbers. Of a
//! pattern for numbers of any length, only the numbers that are as long as the dialed one count:
//! for `1515`, `15!` matches 100 numbers and wins over `1[3-5]XX` with 300. Patterns that are
//! equally close are separated by the order of the partitions in the search space. If that does
//! not decide either, and the patterns treat the number differently, the answer is
//! [`Treatment::Undecided`].
//!
//! `@` stands for a numbering plan that is not part of the pattern, so `9.@` may or may not match a
//! number that begins with 9 and continues with `0-9 * #`. A number for which that matters is
//! undecided. A pattern that matches one number only is as close as a pattern can be, so such a
//! number is decided.
//!
//! The answer is for a whole number that arrives at once, as softphones send it. Urgent priority,
//! by which a pattern takes a number that is dialed digit by digit too early, makes no difference.
//!
//! # How it works
//!
//! The patterns are one tree of their elements, and sets of its nodes are the states of an
//! automaton that is built as far as it is needed. Each rule sends out texts of known lengths whose
//! free digits are followed through this automaton. What the last state means depends on the length
//! as well, because of the closest match.

mod automaton;
mod closeness;
mod pattern;
mod reach;
mod table;
mod treatment;
mod walk;

pub use automaton::MAX_STATES;
pub use pattern::{DialPattern, MAX_PATTERN, PatternSyntaxError};
pub use table::{Route, RoutePattern, RouteTable, TooManyStates, UnreadPattern};
pub use treatment::{Treatment, Treatments};
pub use walk::{MAX_ROUTED, RoutedExample, RoutedRule, RoutedRules};
