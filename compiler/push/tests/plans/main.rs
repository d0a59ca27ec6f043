//! Plans of pushes: what they do to a model of CUCM, and where numbers go in between.
#![allow(clippy::unwrap_used, reason = "a failure fails the test")]

mod cases;
mod large;
mod model;
mod properties;
