//! Writes single files, each completely or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use adr_bundle::disk::{read_file, retry_while_held};
use tempfile::{NamedTempFile, PersistError};
use thiserror::Error;

use crate::platform;
use crate::sources::{describe, read_regular};

/// Why a file was not written. It keeps its old content, unless the variant says otherwise. The
/// text says what happened, [`WriteError::help`] what to do.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The operating system reported an error.
    #[error("{}: {}", .path.display(), describe(.source).reason)]
    Failed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file to create exists already, with other content.
    #[error("{}: this file exists already and is not overwritten", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is a file in place of a folder that is needed.
    #[error("{}: this is a file, and a folder is needed here", .path.display())]
    NotFolder {
        /// The file.
        path: PathBuf,
    },
    /// A file to replace is read-only.
    #[error("{}: the file is read-only", .path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// A file to replace has changed since it was read.
    #[error("{}: the file changed meanwhile", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Two of the files to replace are the same, because of a link.
    #[error("{}: this is the same file as {}", .path.display(), .other.display())]
    SameFile {
        /// The second name.
        path: PathBuf,
        /// The first name.
        other: PathBuf,
    },
    /// One of several files could not be replaced, and others that were replaced before it could
    /// not be restored.
    #[error("{source}; written already: {}", list(.written))]
    NotRestored {
        /// Why the file could not be replaced.
        source: Box<WriteError>,
        /// The files that have their new content.
        written: Vec<PathBuf>,
    },
}

/// New content for a file that was read before.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'b> {
    /// The file.
    pub path: &'b Path,
    /// The content that was read from it.
    pub before: &'b [u8],
    /// The new content.
    pub after: &'b [u8],
}

impl WriteError {
    /// What to do; empty when there is nothing to add.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Failed { source, .. } => describe(source).help,
            Self::Exists { .. } => "choose another name, or remove it first".to_owned(),
            Self::NotFolder { .. } => "move it away, or choose another folder".to_owned(),
            Self::ReadOnly { .. } => "allow writing to it, and run it again".to_owned(),
            Self::Changed { .. } => "nothing is written; run it again".to_owned(),
            Self::SameFile { .. } => "name it once".to_owned(),
            Self::NotRestored { source, .. } => source.help(),
        }
    }
}

/// Replaces the content of a file: writes a temporary file beside it, syncs that, and renames it.
/// The permissions stay. If the path is a symbolic link, its target is replaced.
///
/// # Errors
///
/// The operating system reported an error; the file keeps its old content.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let staged = Staged::new(path, bytes).map_err(failed(path))?;
    staged.persist().map_err(failed(path))
}

/// Replaces several files, all or none. All temporary files are written before the first is
/// renamed, as by [`replace`]. If a file cannot be renamed, the files before it get their old
/// content back.
///
/// # Errors
///
/// See [`WriteError`].
pub fn replace_all(files: &[Replacement<'_>]) -> Result<(), WriteError> {
    let mut staged: Vec<(&Replacement<'_>, Staged)> = Vec::with_capacity(files.len());
    for file in files {
        let path = file.path.to_owned();
        let metadata = fs::metadata(file.path).map_err(failed(file.path))?;
        if metadata.permissions().readonly() {
            return Err(WriteError::ReadOnly { path });
        }
        let new = Staged::new(file.path, file.after).map_err(failed(file.path))?;
        if let Some((other, _)) = staged.iter().find(|(_, other)| other.target == new.target) {
            return Err(WriteError::SameFile { path, other: other.path.to_owned() });
        }
        staged.push((file, new));
    }
    for (file, new) in &staged {
        let is_unchanged = match read_file(&new.target, file.before.len() as u64) {
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => false,
            now => now.map_err(failed(file.path))? == file.before,
        };
        if !is_unchanged {
            return Err(WriteError::Changed { path: file.path.to_owned() });
        }
    }
    let mut written: Vec<&Replacement<'_>> = Vec::new();
    for (file, new) in staged {
        if let Err(source) = new.persist() {
            return Err(restore(&written, failed(file.path)(source)));
        }
        written.push(file);
    }
    Ok(())
}

/// Gives files their old content back; returns the error to report.
fn restore(written: &[&Replacement<'_>], error: WriteError) -> WriteError {
    let not_restored = written
        .iter()
        .filter(|file| replace(file.path, file.before).is_err())
        .map(|file| file.path.to_owned());
    let not_restored: Vec<PathBuf> = not_restored.collect();
    match not_restored.is_empty() {
        true => error,
        false => WriteError::NotRestored { source: Box::new(error), written: not_restored },
    }
}

/// Creates a file. A file with exactly this content may exist already.
///
/// # Errors
///
/// A file with other content exists, or the operating system reported an error.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let known = read_regular(path, bytes.len() as u64);
    if known.is_ok_and(|known| known == bytes) {
        return Ok(());
    }
    let created = write_beside(path, bytes).and_then(|file| {
        platform::allow_reading(file.as_file())?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)
    });
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(WriteError::Exists { path: path.to_owned() })
        }
        Err(error) => Err(failed(path)(error)),
    }
}

/// Writes a file that only its owner can read, whether it exists or not: a temporary file beside it
/// is synced and renamed. If the path is a symbolic link, the link is replaced, not its target.
///
/// # Errors
///
/// The operating system reported an error; the file keeps its old content.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let written = write_beside(path, bytes).and_then(|file| {
        file.as_file().sync_all()?;
        rename_temporary(file, path)
    });
    written.map_err(failed(path))
}

/// New content in a temporary file.
struct Staged {
    /// The file to replace, without links.
    target: PathBuf,
    /// The temporary file beside it.
    file: NamedTempFile,
}

impl Staged {
    fn new(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        let target = fs::canonicalize(path)?;
        let permissions = fs::metadata(&target)?.permissions();
        platform::check_replaceable(&permissions)?;
        let file = write_beside(&target, bytes)?;
        file.as_file().set_permissions(permissions)?;
        file.as_file().sync_all()?;
        Ok(Self { target, file })
    }

    fn persist(self) -> io::Result<()> {
        rename_temporary(self.file, &self.target)
    }
}

/// Writes a temporary file into the folder of `path`.
fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = NamedTempFile::with_prefix_in(".adrc-", folder.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    Ok(file)
}

/// Gives a temporary file its name. Replaces a file, also one that another program has open for a
/// moment.
///
/// # Errors
///
/// The operating system reported an error; an existing file stays.
pub fn rename_temporary(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let mut unsaved = Some(file);
    retry_while_held(|| match unsaved.take().map(|file| file.persist(path)) {
        Some(Err(PersistError { error, file })) => {
            unsaved = Some(file);
            Err(error)
        }
        Some(Ok(_)) | None => Ok(()),
    })
}

/// Adds the path to an error of the operating system.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> WriteError + '_ {
    move |source| WriteError::Failed { path: path.to_owned(), source }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}
