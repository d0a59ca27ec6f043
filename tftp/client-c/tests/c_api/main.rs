//! The library from C, C++ and Python: programs are compiled, linked and run, also under valgrind.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests run compilers; a failure there fails the test"
)]

mod cases;
mod harness;
mod install;
mod interface;
mod programs;
mod python;
