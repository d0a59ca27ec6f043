//! Reads files as users name them, and describes the errors of the operating system.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use adr_language::ReadError;
use rustix::fs::OFlags;
use rustix::io::Errno;

/// Reads a file of at most `limit` bytes; `-` for standard input.
///
/// # Errors
///
/// The path does not exist, is not a regular file, or is not readable; or the file is larger.
pub fn read_file(path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
    if path == "-" {
        return read_at_most(io::stdin().lock(), limit, 0);
    }
    read_regular(Path::new(path), limit)
}

/// Reads a regular file of at most `limit` bytes. Follows symbolic links: the user chose the path.
pub(crate) fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    // without `NONBLOCK`, opening a named pipe without a writer would block the process
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = file.map_err(|error| describe(&error))?;
    let metadata = file.metadata().map_err(|error| describe(&error))?;
    if metadata.is_dir() {
        return Err(read_error("this is a folder", "name a file in it"));
    }
    if !metadata.is_file() {
        return Err(not_regular());
    }
    if metadata.len() > limit {
        return Err(too_large(metadata.len(), limit));
    }
    read_at_most(file, limit, metadata.len())
}

/// Reads at most `limit` bytes, of which `expected` are allocated in advance.
fn read_at_most(from: impl Read, limit: u64, expected: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
    from.take(limit + 1).read_to_end(&mut bytes).map_err(|error| describe(&error))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64, limit));
    }
    Ok(bytes)
}

fn not_regular() -> ReadError {
    read_error("this is not a regular file", "copy it into a file first")
}

fn too_large(given: u64, limit: u64) -> ReadError {
    read_error(
        format!("{given} bytes, and at most {limit} are read"),
        "split it into several files",
    )
}

/// A reason, and what to do about it.
pub(super) fn read_error(reason: impl Into<String>, help: &str) -> ReadError {
    ReadError { reason: reason.into(), help: help.to_owned() }
}

/// Describes an error of the operating system in words: what happened, and what to do.
pub(crate) fn describe(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => read_error("no such file or folder", "check the path"),
        io::ErrorKind::PermissionDenied => read_error("permission denied", "check who may read it"),
        io::ErrorKind::IsADirectory => read_error("this is a folder", "name a file in it"),
        io::ErrorKind::StorageFull => read_error("the disk is full", "make room and try again"),
        io::ErrorKind::ReadOnlyFilesystem => {
            read_error("the disk is read-only", "choose another folder")
        }
        // opening a socket fails with this error
        _ if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => not_regular(),
        _ if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            read_error("symbolic links form a cycle", "correct the links")
        }
        _ => read_error(error.to_string(), ""),
    }
}
