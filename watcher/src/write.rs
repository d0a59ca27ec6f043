//! Single files, written as a whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::sources::{describe, read_regular};

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

/// Puts new content into a file: written aside, synced, then renamed over it. Keeps its
/// permissions; behind a symbolic link, the file that it leads to is replaced.
///
/// # Errors
///
/// The operating system refused; the file is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let staged = Staged::new(path, bytes).map_err(|error| failed(path, &error))?;
    staged.persist().map_err(|error| failed(path, &error))
}

/// New content for a file, and the content that it is made from.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'b> {
    /// The file.
    pub path: &'b Path,
    /// What was read from it.
    pub before: &'b [u8],
    /// What it is to hold.
    pub after: &'b [u8],
}

/// Replaces several files, all or none: each is written aside as by [`replace`], and only when all
/// of them are, they take their places. If one cannot, those before it get their old content back.
///
/// # Errors
///
/// A file is read-only, changed since it was read, or is another one of them by a link; or the
/// operating system refused. The reason says so where a file could not be given back.
pub fn replace_all(files: &[Replacement<'_>]) -> Result<(), WriteError> {
    let mut staged: Vec<(&Replacement<'_>, Staged)> = Vec::with_capacity(files.len());
    for file in files {
        let new = Staged::new(file.path, file.after).map_err(|error| failed(file.path, &error))?;
        if new.is_read_only {
            let help = "allow writing to it, and run it again";
            return Err(refused(file.path, "the file is read-only", help));
        }
        if let Some((other, _)) = staged.iter().find(|(_, other)| other.target == new.target) {
            let reason = format!("this is the same file as {}", other.path.display());
            return Err(refused(file.path, &reason, "name it once"));
        }
        staged.push((file, new));
    }
    for (file, new) in &staged {
        let now = fs::read(&new.target).map_err(|error| failed(file.path, &error))?;
        if now != file.before {
            let help = "nothing is written; run it again";
            return Err(refused(file.path, "the file changed meanwhile", help));
        }
    }
    let mut written: Vec<&Replacement<'_>> = Vec::new();
    for (file, new) in staged {
        if let Err(error) = new.persist() {
            return Err(taken_back(failed(file.path, &error), &written));
        }
        written.push(file);
    }
    Ok(())
}

/// Gives files their old content, and says of which that failed.
fn taken_back(mut error: WriteError, written: &[&Replacement<'_>]) -> WriteError {
    let left = written
        .iter()
        .filter(|file| replace(file.path, file.before).is_err())
        .map(|file| file.path.display().to_string());
    let left: Vec<String> = left.collect();
    if !left.is_empty() {
        error.reason += &format!("; written already: {}", left.join(", "));
    }
    error
}

/// New content beside the file that it is for.
struct Staged {
    target: PathBuf,
    aside: NamedTempFile,
    is_read_only: bool,
}

impl Staged {
    fn new(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        let target = fs::canonicalize(path)?;
        let permissions = fs::metadata(&target)?.permissions();
        let is_read_only = permissions.readonly();
        let aside = aside(&target, bytes)?;
        aside.as_file().set_permissions(permissions)?;
        aside.as_file().sync_all()?;
        Ok(Self { target, aside, is_read_only })
    }

    fn persist(self) -> io::Result<()> {
        let persisted = self.aside.persist(&self.target);
        persisted.map_err(|error| error.error).map(drop)
    }
}

fn refused(path: &Path, reason: &str, help: &str) -> WriteError {
    WriteError { path: path.to_owned(), reason: reason.to_owned(), help: help.to_owned() }
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
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut aside = NamedTempFile::with_prefix_in(".adrc-", folder.unwrap_or(Path::new(".")))?;
    aside.write_all(bytes)?;
    Ok(aside)
}

/// A temporary file is its owner's alone; a rule source is not.
fn readable_by_all() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

fn failed(path: &Path, error: &io::Error) -> WriteError {
    let described = describe(error);
    WriteError { path: path.to_owned(), reason: described.reason, help: described.help }
}
