//! Single files, written as a whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::sources::{read_regular, words};

/// Why a file was not written; what was there before is there still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What happened, a phrase.
    pub reason: String,
    /// What to do; empty when there is nothing to add.
    pub help: String,
}

/// Puts new content into a file: written aside, synced, then renamed over it. Keeps its permissions;
/// behind a symbolic link, the file that it leads to is replaced.
///
/// # Errors
///
/// The operating system refused; the file is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let write = || {
        let target = fs::canonicalize(path)?;
        let aside = aside(&target, bytes)?;
        aside
            .as_file()
            .set_permissions(fs::metadata(&target)?.permissions())?;
        aside.as_file().sync_all()?;
        aside
            .persist(&target)
            .map_err(|error| error.error)
            .map(drop)
    };
    write().map_err(|error| failed(path, &error))
}

/// Makes a file that is not there yet. One that holds exactly these bytes already is left alone.
///
/// # Errors
///
/// There is a file with other content, or the operating system refused.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let known = read_regular(path, bytes.len() as u64);
    if known.is_ok_and(|known| known == bytes) {
        return Ok(());
    }
    let written = aside(path, bytes).and_then(|aside| {
        aside.as_file().set_permissions(readable_by_all())?;
        aside.as_file().sync_all()?;
        aside.persist_noclobber(path).map_err(|error| error.error)
    });
    match written {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(WriteError {
            path: path.to_owned(),
            reason: "this is there already, and nothing is overwritten".to_owned(),
            help: "choose another name, or remove it first".to_owned(),
        }),
        Err(error) => Err(failed(path, &error)),
    }
}

fn aside(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut aside = NamedTempFile::with_prefix_in(".adrc-", folder.unwrap_or(Path::new(".")))?;
    aside.write_all(bytes)?;
    Ok(aside)
}

/// A temporary file is its owner's alone; a rule source is not.
fn readable_by_all() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

fn failed(path: &Path, error: &io::Error) -> WriteError {
    let words = words(error);
    WriteError {
        path: path.to_owned(),
        reason: words.reason,
        help: words.help,
    }
}
