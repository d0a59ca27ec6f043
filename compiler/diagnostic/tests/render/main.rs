//! Output of the renderers: compared with snapshots, validated, read back by other libraries, and
//! tested with random reports.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

mod junit;
mod properties;
mod report;
mod sarif;
mod snapshots;
