//! One line on the terminal that says what the doctor looks at now.

use std::io::{self, IsTerminal, Write};

use crate::console::Console;

/// A line that is overwritten. It is shown on a terminal only, and not with `--quiet`.
pub(super) struct ProgressLine {
    is_shown: bool,
}

impl ProgressLine {
    pub(super) fn new(console: &Console) -> Self {
        Self { is_shown: io::stderr().is_terminal() && !console.is_quiet() }
    }

    /// Shows what is looked at now. Errors are ignored, because standard error may be closed.
    pub(super) fn show(&self, what: &str) {
        if self.is_shown {
            let mut out = io::stderr();
            let _ = write!(out, "\r\x1b[Klooking at {what} …").and_then(|()| out.flush());
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if self.is_shown {
            let mut out = io::stderr();
            let _ = write!(out, "\r\x1b[K").and_then(|()| out.flush());
        }
    }
}
