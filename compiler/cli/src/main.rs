//! The command `adrc`: parses the arguments, runs one command and returns its exit status.
//!
//! Layer 8. Data goes to standard output, messages go to standard error. Exit status: 0 success; 1
//! findings, differences or failed tests; 2 wrong usage or an error; 3 a conflict, which is a
//! folder that another process has locked or an outdated change plan; 5 published, but not every
//! client runs the generation.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the command reads arguments and files, and writes to the terminal"
)]

mod annotation;
mod arguments;
mod clock;
mod command;
mod console;
mod core_client;
mod dial_plan;
mod domain;
mod duration;
mod encoding;
mod failure;
mod format;
mod levels;
mod plan_path;
mod published;
mod publishing;
mod remarks;
mod rules;
mod signing;
mod stream;
mod target;
mod user_dirs;
mod wait;

use std::process::ExitCode;

use clap::FromArgMatches;
use mimalloc::MiMalloc;

use crate::arguments::Arguments;
use crate::console::Console;
use crate::failure::Failure;

/// A dial plan of a million rules takes hundreds of megabytes, and this allocator uses huge pages;
/// see docs/contributing/decisions/0009-an-allocator-with-huge-pages.md.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The version in `--version`, in manifests and in SARIF.
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn main() -> ExitCode {
    let matches = Arguments::grouped().get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let console = Console::of_process(arguments.color, arguments.quiet);
    let status = command::run(arguments.command, Arguments::grouped(), &console);
    match status.and_then(|status| console.flush().map(|()| status)) {
        Ok(status) => status.into(),
        Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            console.failure(&failure);
            failure.status().into()
        }
    }
}
