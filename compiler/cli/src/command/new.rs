//! `adrc new`: writes a rule source to start from.

use adr_watcher::write::create;
use clap::Args;

use crate::console::Console;
use crate::failure::{Failure, Status};

/// The rule source: it has no findings, passes its own tests, and its comments explain it.
const STARTER: &str = include_str!("new/starter.adr");

/// Arguments of `adrc new`.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The file to create, such as `plan.adr`; `-` is standard output
    #[arg(value_name = "FILE")]
    file: String,
}

impl New {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if self.file == "-" {
            console.data(STARTER.as_bytes())?;
            return Ok(Status::Done);
        }
        let file = &self.file;
        create(file.as_ref(), STARTER.as_bytes())?;
        console.message(format_args!(
            "{file}: written. Change it to what your company dials, then:\n\n  \
             adrc check {file}\n  adrc test {file}\n  \
             adrc dial {file} --trace \"+1 408 555 1212\"\n  adrc compile {file} -o published"
        ));
        Ok(Status::Done)
    }
}
