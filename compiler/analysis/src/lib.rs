//! Exact answers about rule lists, never sampled: a "no" carries the shortest number that shows it.
//!
//! Layer 3, pure, on slices of [`adr_engine::Rule`], legal ones and such as only a client reads. A
//! rule matches the numbers of one length (or of any length) that begin with one text; two such
//! sets are nested or disjoint. So the numbers of one length fall into the residues of a tree of
//! prefixes, each with one winner, and every question is one walk over that tree.
//!
//! What counts as a number is a parameter, [`Domain`]: the strongest statement is the one that
//! holds for the largest domain.

mod actions;
mod chains;
mod changes;
mod class;
mod compose;
mod dead;
mod difference;
mod domain;
mod emergency;
mod form;
mod inverse;
mod minimise;
mod misplaced;
mod number_set;
mod partly;
mod region;
mod round_trip;
mod runner_up;
mod share;
mod tree;

pub use chains::{Chain, chains};
pub use changes::{Change, Kind, changed, results};
pub use class::{LONGEST, Lengths, longest_covered};
pub use dead::{Prepared, Reachability, reachability};
pub use difference::{Difference, difference, equivalent};
pub use domain::Domain;
pub use emergency::{Accident, EmergencySet};
pub use inverse::{Inverse, InverseRule, inverse};
pub use minimise::{Minimal, minimise};
pub use misplaced::{Misplaced, misplaced};
pub use number_set::{Leaving, NumberSet};
pub use partly::{Partly, partly};
pub use region::{Region, first_match_regions};
pub use round_trip::{Loss, round_trip};
pub use runner_up::{Mergeable, Overlap, mergeable, overlaps};
pub use share::{Share, shares};
