//! Reads single files that settings or users name: rule sources, keys, certificates, settings.
//!
//! Every such file is read here. Opening never waits: a named pipe, a device or a socket is an
//! error. Reading is bounded in bytes. A network drive can hang all the same, for ever: a program
//! that must not hang with it reads within a [`TimeLimit`].
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the only place that opens files by their paths, for all crates that read files"
)]

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::platform;

pub(crate) mod held;
mod identity;
mod time_limit;

pub use held::{HELD_TIME_LIMIT, is_held_open, retry_while_held, retry_while_held_until};
pub use identity::FileIdentity;
pub use time_limit::{Attempt, IO_TIME_LIMIT, MAX_HANGING_THREADS, TimeLimit, Unfinished};

/// The path leads to a named pipe, a device or a socket: the source of an [`io::Error`] of the kind
/// [`ErrorKind::InvalidInput`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a regular file")]
pub struct NotRegular;

impl NotRegular {
    /// Whether this is the reason of an error.
    #[must_use]
    pub fn is_reason(error: &io::Error) -> bool {
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
    }
}

impl From<NotRegular> for io::Error {
    fn from(reason: NotRegular) -> Self {
        Self::new(ErrorKind::InvalidInput, reason)
    }
}

/// Opens a regular file for reading, without waiting. Follows symbolic links.
///
/// # Errors
///
/// The operating system refuses. The path leads to a folder ([`ErrorKind::IsADirectory`]), or to
/// something else that is not a regular file ([`NotRegular`]).
pub fn open_file(path: &Path) -> io::Result<File> {
    regular(platform::open_file(path)?)
}

/// Reads a regular file of at most `max_bytes`, without waiting for anything but the disk. Follows
/// symbolic links.
///
/// # Errors
///
/// Those of [`open_file`]. The file is larger ([`ErrorKind::FileTooLarge`]), or cannot be read.
///
/// ```
/// use std::io::ErrorKind;
///
/// use adr_bundle::disk::read_file;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("plan.adr");
/// std::fs::write(&path, "let outside = 9\n")?;
/// assert_eq!(read_file(&path, 100)?, b"let outside = 9\n");
/// assert_eq!(read_file(&path, 10).unwrap_err().kind(), ErrorKind::FileTooLarge);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_file(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    read_open_file(open_file(path)?, max_bytes)
}

/// Reads an open regular file of at most `max_bytes`.
///
/// # Errors
///
/// The file is larger ([`ErrorKind::FileTooLarge`]), or cannot be read.
pub fn read_open_file(file: File, max_bytes: u64) -> io::Result<Vec<u8>> {
    let size = file.metadata()?.len();
    if size > max_bytes {
        return Err(too_large(size, max_bytes));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1));
    // the file may grow while it is read
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        read if read > max_bytes => Err(too_large(read, max_bytes)),
        _ => Ok(bytes),
    }
}

/// Returns the file if it is a regular one.
fn regular(file: File) -> io::Result<File> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(NotRegular.into());
    }
    Ok(file)
}

fn too_large(given: u64, max_bytes: u64) -> io::Error {
    let reason = format!("{given} bytes, and at most {max_bytes} are read");
    io::Error::new(ErrorKind::FileTooLarge, reason)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn everything_but_a_regular_file_is_an_error_at_once() {
        let sandbox = tempfile::tempdir().unwrap();
        let at = |name: &str| sandbox.path().join(name);
        mkfifoat(CWD, at("pipe"), Mode::from_raw_mode(0o600)).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        symlink("/dev/zero", at("device")).unwrap();
        symlink("pipe", at("link")).unwrap();
        for name in ["pipe", "socket", "device", "link"] {
            let error = read_file(&at(name), 10).unwrap_err();
            assert!(NotRegular::is_reason(&error), "{name}: {error}");
        }
        let folder = read_file(sandbox.path(), 10).unwrap_err();
        assert_eq!(folder.kind(), ErrorKind::IsADirectory);
        let missing = read_file(&at("missing"), 10).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn size_is_bounded_even_if_the_file_has_none() {
        let sandbox = tempfile::tempdir().unwrap();
        let file = sandbox.path().join("file");
        fs::write(&file, "12345").unwrap();
        assert_eq!(read_file(&file, 5).unwrap(), b"12345");
        let error = read_file(&file, 4).unwrap_err();
        assert_eq!(error.to_string(), "5 bytes, and at most 4 are read");
        // files of /proc have the size 0
        if Path::new("/proc/self/status").exists() {
            let error = read_file(Path::new("/proc/self/status"), 4).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        }
    }
}
