//! The messages of a running daemon for a person.

use std::fmt::Display;

use adr_language::Checked;

use crate::Error;

/// Shows messages to a person. Worker threads call these methods, too.
pub trait Messages: Send + Sync + 'static {
    /// One line.
    fn message(&self, message: &dyn Display);

    /// An error, and what to do about it.
    fn error(&self, error: &Error);

    /// The findings of a check, and how many there are.
    fn findings(&self, checked: &Checked);
}
