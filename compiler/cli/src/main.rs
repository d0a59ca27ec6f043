//! The command `adrc`: checks, tests, analyzes, publishes and serves dial rules.
//!
//! Layer 10. This crate connects the other crates with the world: it reads arguments, files and
//! standard input, and writes results and messages. Each command has its own file in `command/`.
//!
//! ```text
//! arguments ────> command ────> render ────> console
//! clap types      one run()     pure text    standard output: results
//!                   │                        standard error: messages, findings, failures
//!                   │
//!                   ├── dial_plan, rules     reads rule sources, deployed files, published folders
//!                   ├── publishing, signing  publishes generations
//!                   ├── cucm                 connects to CUCM, asks a person
//!                   └── adr_daemon           keeps a plan published and served (watch, serve)
//! ```
//!
//! 1. [`arguments`] parses the command line. [`help`] has the texts of `--help` and manual pages.
//! 2. [`command::run`] runs the command, which calls the compiler, an analysis or a daemon.
//! 3. `adr_render` and `adr_diagnostic::render` turn the result into text, JSON, JUnit and so on.
//! 4. [`console`] writes it, with color if the stream has it.
//! 5. The command returns a [`failure::Status`], or a [`failure::Failure`] with a message and help.
//!
//! ```console
//! $ adrc new plan.adr --quiet
//! $ adrc check plan.adr
//! plan.adr: no findings in 1 view, 25 rules, 6 tests passed
//! $ adrc dial plan.adr "+1 408 555 1212"
//! 914085551212
//! ```
//!
//! | exit status | [`failure::Status`] | meaning |
//! |---|---|---|
//! | 0 | `Done` | success |
//! | 1 | `Findings` | findings, differences, or failed tests |
//! | 2 | `Failed` | wrong usage, or adrc could not do the job |
//! | 3 | `Conflict` | conflict: the folder is locked, or another generation is current |
//! | 5 | `ClientsBehind` | published, but not all clients run the generation in time |
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the command uses arguments, environment, files, terminal and clock for all other crates"
)]

mod annotation;
mod arguments;
mod clock;
mod cluster;
mod command;
mod console;
mod core_client;
mod cucm;
mod dial_plan;
mod domain;
mod duration;
mod failure;
mod format;
mod help;
mod levels;
mod overwrite;
mod plan_path;
mod platform;
mod published;
mod publishing;
mod remarks;
mod rules;
mod signing;
mod stream;
mod target;
mod version;
mod wait;

use std::process::ExitCode;

use clap::FromArgMatches;
use mimalloc::MiMalloc;

use crate::arguments::Arguments;
use crate::console::Console;
use crate::failure::Failure;
use crate::version::VERSION;

/// A dial plan of a million rules takes hundreds of megabytes, and this allocator uses huge pages;
/// see docs/contributing/decisions/0009-an-allocator-with-huge-pages.md.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let matches = Arguments::documented().get_matches_from(platform::arguments());
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let console = Console::of_process(arguments.color, arguments.quiet);
    let status = command::run(arguments.command, &console);
    match status.and_then(|status| console.flush().map(|()| status)) {
        Ok(status) => status.into(),
        Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            console.failure(&failure);
            failure.status().into()
        }
    }
}
