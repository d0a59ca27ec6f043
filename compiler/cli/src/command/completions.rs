//! `adrc completions`: prints completions for a shell.

use clap::Args;
use clap_complete::Shell;

use crate::console::Console;
use crate::failure::{Failure, Status};

/// Arguments of `adrc completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, mut adrc: clap::Command, console: &Console) -> Result<Status, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut adrc, "adrc", &mut script);
        console.data(&script)?;
        Ok(Status::Done)
    }
}
