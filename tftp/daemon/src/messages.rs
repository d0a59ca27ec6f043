//! What a person sees of a running daemon.

use std::fmt::Display;

use adr_language::Checked;

use crate::Error;

/// Shows messages to a person. Worker threads call it as well.
pub trait Messages: Send + Sync + 'static {
    /// One line.
    fn message(&self, message: &dyn Display);

    /// Why something failed, and what to do about it.
    fn error(&self, error: &Error);

    /// The findings about rules that were checked, and their sum.
    fn findings(&self, checked: &Checked);
}
