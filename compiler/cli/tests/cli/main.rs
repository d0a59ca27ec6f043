//! The command as its users meet it: exit status, streams, files, and what bad input comes to.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a suite runs the command, and what fails there fails the test"
)]

mod bad_input;
mod check;
mod compile;
mod contract;
mod core;
mod coverage;
mod deployed;
mod dial;
mod diff;
mod exact;
mod fixes;
mod fmt;
mod folders;
mod gates;
mod help;
mod killed;
mod newcomer;
mod odd_files;
mod optimize;
mod prove;
mod publishing;
mod sandbox;
mod test_lines;
mod watch;
