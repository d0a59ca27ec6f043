//! Gives the shared library the name by which programs find it.
#![allow(clippy::disallowed_methods, reason = "cargo passes the target in the environment")]

/// The number of the binary interface. A program that was linked with one number runs with every
/// library of that number: increase it when a function is removed, or a function, a field of a
/// struct or a value of a code gets another meaning. Functions, fields at the end of `adr_settings`
/// and codes may be added. `tests/c_api/interface.rs` compares the exported functions.
const INTERFACE: u32 = 0;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libadrclient.so.{INTERFACE}");
    }
}
