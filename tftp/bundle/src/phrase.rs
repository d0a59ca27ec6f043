//! Errors of the operating system as text for administrators.

use std::io::{self, ErrorKind};

/// An error of the operating system as text, without its number.
#[must_use]
pub fn phrase(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
