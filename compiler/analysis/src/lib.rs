//! Exact answers about rule lists: shadowed rules, differences, coverage, inverses, smallest lists.
//!
//! Every analysis takes slices of [`adr_engine::Rule`], within CUCM's limits or not, and answers
//! for all numbers without sampling. A negative answer carries a witness, the shortest number that
//! shows it. [`Domain`] says which texts count as numbers; an answer for a larger domain is
//! stronger.
//!
//! ```
//! use adr_analysis::{Domain, Reachability, first_difference, reachability};
//! use adr_engine::Rule;
//!
//! let old = [Rule::from_deployed("", 7, 0, "9"), Rule::from_deployed("555", 7, 0, "8")];
//! assert_eq!(reachability(&old, Domain::Dialable)[1], Reachability::Shadowed(vec![0]));
//!
//! let new = [old[1].clone(), old[0].clone()];
//! let difference = first_difference(&old, &new, Domain::Dialable).unwrap();
//! assert_eq!(difference.witness, b"5550000");
//! ```
//!
//! A rule matches the numbers of one length (or of any length) that begin with one text, so the
//! sets of two rules are nested or disjoint. They form a tree for each [length class](Lengths), and
//! what is left of a node without its children has one winner. Every analysis is a walk over these
//! trees:
//!
//! ```text
//! rules             length class 7           residue of ""        7 digits, not 555…, not 9…: rule 3
//!  1  555  7        ""  (rule 3)             residue of "555"     555….: rule 1
//!  2  9    7         +-- 555  (rule 1)       residue of "9"       9……: rule 2
//!  3  ""   7         +-- 9    (rule 2)
//! ```

mod actions;
mod changes;
mod coverage;
mod difference;
mod domain;
mod emergency;
mod inverse;
mod length_class;
mod minimize;
mod normal_form;
mod number_set;
mod partial_shadow;
mod reachability;
mod region;
mod rematch;
mod round_trip;
pub mod routing;
mod runner_up;
mod segment;
mod tree;
mod unroutable;

pub use changes::{Change, ResultProblem, first_change, result_problems};
pub use coverage::{Coverage, coverage};
pub use difference::{Difference, difference, first_difference};
pub use domain::Domain;
pub use emergency::{Accident, EmergencySet};
pub use inverse::{Inverse, InverseRule, inverse};
pub use length_class::{Lengths, MAX_LENGTH, longest_covered};
pub use minimize::{Minimal, minimize};
pub use number_set::{Leaving, NumberSet};
pub use partial_shadow::{PartialShadow, partial_shadows};
pub use reachability::{PreparedList, Reachability, reachability};
pub use region::{Region, first_match_regions};
pub use rematch::{Rematch, rematches};
pub use round_trip::{Unrecoverable, round_trip};
pub use runner_up::{Mergeable, Overlap, mergeable, overlaps};
pub use unroutable::{Unroutable, unroutable_results};
