//! The house rules of the repository, as tests.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    reason = "a house test reads the repository and says what is wrong by failing"
)]

mod files;
mod layers;
mod manifests;
mod pages;

/// Fails with every complaint on a line of its own.
fn no_complaints(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
