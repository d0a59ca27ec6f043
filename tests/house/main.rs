//! The rules of the repository as tests. Every complaint names a file, a line and what to write.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    reason = "a house test reads the repository, and a failure there fails the test"
)]

mod columns;
mod contributing;
mod files;
mod glossary;
mod layers;
mod manifests;
mod pages;
mod settings;
mod tree;
mod words;

/// Fails with one line for each complaint, unless there are none.
fn no_complaints(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
