//! Reads files as users name them, and describes the errors of the operating system.

use std::io::{self, Read};
use std::path::Path;

use adr_bundle::disk::{self, NotRegular};
use adr_bundle::folder::phrase;
use adr_language::ReadError;

use crate::platform;

/// Reads a file of at most `limit` bytes; `-` for standard input.
///
/// # Errors
///
/// The path does not exist, is not a regular file, or is not readable; or the file is larger.
pub fn read_file(path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
    if path == "-" {
        return read_at_most(io::stdin().lock(), limit);
    }
    read_regular(Path::new(path), limit)
}

/// Reads a regular file of at most `limit` bytes. Follows symbolic links: the user chose the path.
pub(crate) fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    disk::read_file(path, limit).map_err(|error| describe(&error))
}

/// Reads at most `limit` bytes of a stream.
fn read_at_most(from: impl Read, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    from.take(limit + 1).read_to_end(&mut bytes).map_err(|error| describe(&error))?;
    match bytes.len() as u64 {
        given if given > limit => {
            Err(too_large(&format!("{given} bytes, and at most {limit} are read")))
        }
        _ => Ok(bytes),
    }
}

fn not_regular() -> ReadError {
    read_error("this is not a regular file", "copy it into a file first")
}

fn too_large(reason: &str) -> ReadError {
    read_error(reason, "split it into several files")
}

/// A reason, and what to do about it.
pub(super) fn read_error(reason: impl Into<String>, help: &str) -> ReadError {
    ReadError { reason: reason.into(), help: help.to_owned() }
}

/// Describes an error of the operating system in words: what happened, and what to do.
pub fn describe(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => read_error("no such file or folder", "check the path"),
        io::ErrorKind::PermissionDenied => read_error("permission denied", "check who may read it"),
        io::ErrorKind::IsADirectory => read_error("this is a folder", "name a file in it"),
        io::ErrorKind::StorageFull => read_error("the disk is full", "make room and try again"),
        io::ErrorKind::ReadOnlyFilesystem => {
            read_error("the disk is read-only", "choose another folder")
        }
        io::ErrorKind::FileTooLarge => too_large(&phrase(error)),
        _ if NotRegular::is_reason(error) => not_regular(),
        _ if platform::is_link_cycle(error) => {
            read_error("symbolic links form a cycle", "correct the links")
        }
        _ => read_error(phrase(error), ""),
    }
}
