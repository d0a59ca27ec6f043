//! A temporary folder, and the command `adrc` that runs in it.

use std::ops::Deref;
use std::process::Command;

use adr_kit::process::under_test;
use adr_kit::sandbox::{self, Finished};

/// A dial plan without findings.
pub(crate) const CLEAN: &str = "\
emergency 911, 9911

application {
  rule \"Local\" { begins-with 5; digits 7; prefix 9 }
}

test {
  dial 555-1212 -> 95551212
  dial 911      -> unchanged
}
";

/// A dial plan that changes 911.
pub(crate) const DANGEROUS: &str = "\
emergency 911, 9911

application {
  rule \"Three digits\" { begins-with 4, 9; digits 3; prefix 8 }
  rule \"Local\"        { begins-with 5; digits 7; prefix 8 }
}

test {
  dial 5551212 -> 85551212
}
";

/// A folder of a test, in which `adrc` runs.
#[derive(Default)]
pub(crate) struct Sandbox(sandbox::Sandbox);

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// See [`sandbox::Sandbox::in_memory`].
    pub(crate) fn in_memory() -> Self {
        Self(sandbox::Sandbox::in_memory())
    }

    /// A folder with these files: relative path and text.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        Self(sandbox::Sandbox::with(files))
    }

    /// The command `adrc`, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = under_test(env!("CARGO_BIN_EXE_adrc"));
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE");
        command
    }

    /// Runs `adrc` with the words of a line; no word contains a space.
    pub(crate) fn run(&self, line: &str) -> Finished {
        let words: Vec<&str> = line.split(' ').collect();
        self.given(&words, b"")
    }

    /// Runs `adrc` with `input` on its standard input.
    pub(crate) fn given(&self, arguments: &[&str], input: &[u8]) -> Finished {
        sandbox::finish(self.command(arguments), input)
    }
}

impl Deref for Sandbox {
    type Target = sandbox::Sandbox;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
