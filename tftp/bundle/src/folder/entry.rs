//! Checks of names and files that are the same on all systems.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Component, Path};

use crate::disk::NotRegular;

/// Rejects a name that is not made of plain parts with `/` between them: an absolute path, `..`, a
/// drive letter, or a second spelling of a name such as `b//c`.
pub(crate) fn check_name(name: &str) -> io::Result<()> {
    let is_plain = |part: &str| {
        let mut parts = Path::new(part).components();
        parts.next() == Some(Component::Normal(part.as_ref())) && parts.next().is_none()
    };
    name.split('/').all(is_plain).then_some(()).ok_or_else(outside)
}

/// Returns the file if it is a regular one.
pub(crate) fn regular(file: File) -> io::Result<File> {
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(NotRegular.into()),
    }
}

pub(crate) fn outside() -> io::Error {
    refused("this is not a name inside the folder")
}

pub(crate) fn is_link() -> io::Error {
    refused("this is a symbolic link, and adrc follows no links in a published folder")
}

pub(crate) fn refused(reason: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, reason.into())
}
