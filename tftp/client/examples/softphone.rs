//! A softphone that dials by the rules of a server.
//!
//! ```text
//! adrc serve rules/examples/company --publish published
//! cargo run -p adr-client --example softphone -- http://127.0.0.1:6970 5551212 911
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for a terminal: it reads its arguments and prints results"
)]

use std::error::Error;
use std::time::Duration;

use adr_client::{Core, Server, Settings};

/// How long to wait for the rules.
const TIMEOUT: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().ok_or("usage: softphone SERVER NUMBER...")?;

    // Without `settings.cache` the core starts without rules. A real softphone names a folder
    // there, and dials by the last good rules while servers are unreachable.
    let core = Core::open(Settings::new(vec![Server::parse(&server)?]))?;
    let phone = core.handle();

    match phone.reload(TIMEOUT) {
        Ok(_) => println!("generation {} of {server}", phone.rules().generation()),
        Err(rejection) => println!("no rules, numbers are unchanged: {rejection}"),
    }
    for number in arguments {
        // The result is appended. `dial` returns the position of the rule that won, from 0.
        let mut result = Vec::new();
        let rule = phone.dial(number.as_bytes(), &mut result);
        let result = String::from_utf8_lossy(&result);
        match rule {
            Some(position) => println!("{number} -> {result} by rule {}", position + 1),
            None => println!("{number} -> {result} unchanged"),
        }
    }
    Ok(())
}
