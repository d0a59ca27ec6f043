//! Tests of the command `adrc`: exit status, streams, written files and bad input.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the suite runs the command, and a failure there fails the test"
)]

mod annotation;
mod bad_input;
mod check;
mod cluster;
mod cluster_nats;
mod cluster_transfer;
mod compile;
mod contract;
mod core;
mod core_process;
mod coverage;
mod crash_safety;
mod cucm;
mod deploy;
mod deployed;
mod deployed_xml;
mod dial;
mod diff;
mod diff_and_prove;
mod doctor_cucm;
mod doctor_files;
mod doctor_presence;
mod exported_files;
mod failing_tests;
mod fixes;
mod fmt;
mod folders;
mod formats;
mod getting_started;
mod help;
mod optimize;
mod presence;
mod project;
mod prove;
mod provision;
mod publishing;
mod push;
mod sandbox;
mod test_lines;
mod watch;
