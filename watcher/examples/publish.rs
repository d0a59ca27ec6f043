//! Publishes a dial plan from disk, and prints the history of the folder.
//!
//! ```text
//! cargo run -p adr-watcher --example publish -- rules/examples/company published
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for a terminal: it reads its arguments and the clock, and prints"
)]

use std::error::Error;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use adr_language::{Levels, load};
use adr_watcher::publish::{Publisher, history};
use adr_watcher::sources::{self, Disk};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let plan = arguments.next().ok_or("usage: publish PLAN FOLDER")?;
    let folder = PathBuf::from(arguments.next().ok_or("usage: publish PLAN FOLDER")?);

    let entries = sources::plan_entries(&[plan])?;
    let checked = sources::check(load(&Disk, &entries), &Levels::default())?;
    let plan = checked.into_plan().ok_or("the dial plan has errors")?;

    // Readers of the folder see this generation as a whole, or the one before.
    let artifacts = plan.artifacts();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let publisher = Publisher::new(&folder, env!("CARGO_PKG_VERSION"), now);
    publisher.publish(&artifacts, || plan.read_back(&artifacts))?;

    for entry in history(&folder)? {
        let mark = if entry.is_current { " (current)" } else { "" };
        println!("generation {}{mark}", entry.generation);
    }
    Ok(())
}
