//! The proof that files reach clients: the command `adrc serve` as a process, with real clients, on
//! bad lines, under load, killed.
//!
//! `ADR_LONG=1` runs the long forms: more clients, more rounds.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a suite starts processes and opens sockets, and says what is wrong by failing"
)]

mod admin;
mod bad_line;
mod clients;
mod company;
mod configured;
mod flood;
mod follow;
mod idle;
mod killed;
mod odd_tree;
mod packaged;
mod served;
mod storm;
mod tree;
mod upstream;
mod whole;

/// Whether the long forms run.
fn is_long() -> bool {
    std::env::var_os("ADR_LONG").is_some_and(|value| value == "1")
}
