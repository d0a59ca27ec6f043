//! What renderers write: looked at, validated, read back by others, and asked about anything at
//! all.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod junit;
mod properties;
mod report;
mod sarif;
mod snapshots;
