//! Checks of names and files that are the same on all systems.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Component, Path};

/// Rejects a name that is not made of plain parts with `/` between them: an absolute path, `..`, a
/// drive letter, or a second spelling of a name such as `b//c`.
pub(super) fn check_name(name: &str) -> io::Result<()> {
    let is_plain = |part: &str| {
        let mut parts = Path::new(part).components();
        parts.next() == Some(Component::Normal(part.as_ref())) && parts.next().is_none()
    };
    name.split('/').all(is_plain).then_some(()).ok_or_else(outside)
}

/// Returns the file if it is a regular one.
pub(super) fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(not_regular())
}

pub(super) fn outside() -> io::Error {
    refused("this is not a name inside the folder")
}

pub(super) fn is_link() -> io::Error {
    refused("this is a symbolic link, and adrc follows no links in a published folder")
}

pub(super) fn not_regular() -> io::Error {
    refused("this is not a regular file")
}

pub(super) fn refused(reason: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, reason.into())
}
