//! Writes generated files into a folder, and overwrites only files that an earlier run wrote.
//!
//! The folder has a file `SHA256SUMS` with the hash of each file that was written. A file whose
//! content is neither the new one nor a recorded one was written or changed by another author.

mod record;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::sha256;
use adr_provision::OutputFile;

use crate::sources::read_regular;
use crate::write::{Replacement, WriteError, create, replace_all};
use record::{Record, is_inside};

/// The name of the file with the hashes, in the format of `sha256sum`.
pub const RECORD: &str = "SHA256SUMS";

/// Largest file that is compared with its recorded hash, in bytes. Larger ones count as changed.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did not exist.
    Created,
    /// It had this content already.
    Unchanged,
    /// It had other content, of an earlier run, or of another author with `force`.
    Replaced,
}

impl Outcome {
    /// A word for people and programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Unchanged => "unchanged",
            Self::Replaced => "replaced",
        }
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What happened to each file, in their order.
    pub outcomes: Vec<Outcome>,
    /// Files of an earlier run that are not among the new ones and that are still there.
    pub outdated: Vec<String>,
}

/// Writes files below a folder, which is created if necessary. Files that have their content
/// already are not touched. `force` overwrites files of other authors too.
///
/// # Errors
///
/// A file, or the record of the folder, has content that no earlier run wrote
/// ([`WriteError::Exists`]), or there is a file in place of a folder; then nothing is written. Or
/// the operating system reported an error. Files that were written until then are recorded, so a
/// later run replaces them.
pub fn write_folder(
    folder: &Path,
    files: &[OutputFile],
    force: bool,
) -> Result<Written, WriteError> {
    let mut recorded = Recorded::read(folder, force)?;
    let mut present = Vec::with_capacity(files.len());
    for file in files {
        let path = folder.join(&file.path);
        if !is_inside(&file.path) {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "the path leaves the folder");
            return Err(WriteError::Failed { path, source });
        }
        has_room(folder, &path)?;
        present.push(present_bytes(&path, file, &recorded.record, force)?);
    }
    recorded.record.retain(|path| folder.join(path).is_file());
    let is_same = |(file, present): (&OutputFile, &Option<Vec<u8>>)| {
        present.as_ref().is_some_and(|present| *present == file.bytes)
    };
    if !files.iter().zip(&present).all(is_same) {
        for (file, present) in files.iter().zip(&present) {
            let hashes = present.iter().map(|present| sha256(present));
            let hashes = hashes.chain([sha256(&file.bytes)]);
            hashes.for_each(|hash| recorded.record.add(&file.path, hash));
        }
        recorded.write()?;
    }
    let outcomes = write_files(folder, files, &present)?;
    for file in files {
        recorded.record.set(&file.path, sha256(&file.bytes));
    }
    recorded.write()?;
    let is_new = |path: &&str| files.iter().any(|file| file.path == **path);
    let outdated = recorded.record.paths().filter(|path| !is_new(path)).map(str::to_owned);
    Ok(Written { outcomes, outdated: outdated.collect() })
}

/// Writes the files; `present` are the contents that they have.
fn write_files(
    folder: &Path,
    files: &[OutputFile],
    present: &[Option<Vec<u8>>],
) -> Result<Vec<Outcome>, WriteError> {
    let mut outcomes = Vec::with_capacity(files.len());
    let mut replacements = Vec::new();
    for (file, present) in files.iter().zip(present) {
        let path = folder.join(&file.path);
        outcomes.push(match present {
            None => {
                create_parent(&path)?;
                create(&path, &file.bytes)?;
                Outcome::Created
            }
            Some(before) if *before == file.bytes => Outcome::Unchanged,
            Some(before) => {
                replacements.push((path, before, &file.bytes));
                Outcome::Replaced
            }
        });
    }
    let replacements: Vec<Replacement<'_>> = replacements
        .iter()
        .map(|(path, before, after)| Replacement { path, before, after })
        .collect();
    replace_all(&replacements)?;
    Ok(outcomes)
}

fn create_parent(path: &Path) -> Result<(), WriteError> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let failed = |source| WriteError::Failed { path: parent.to_owned(), source };
    fs::create_dir_all(parent).map_err(failed)
}

/// Checks that no file is in place of a folder above `path`.
fn has_room(folder: &Path, path: &Path) -> Result<(), WriteError> {
    let above = path.ancestors().skip(1).take_while(|above| above.starts_with(folder));
    for above in above.filter(|above| !above.as_os_str().is_empty()) {
        if above.symlink_metadata().is_ok() && !above.is_dir() {
            return Err(WriteError::NotFolder { path: above.to_owned() });
        }
    }
    Ok(())
}

/// The content of a file that may be replaced; `None` if there is no file.
fn present_bytes(
    path: &Path,
    file: &OutputFile,
    record: &Record,
    force: bool,
) -> Result<Option<Vec<u8>>, WriteError> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let foreign = || WriteError::Exists { path: path.to_owned() };
    let limit = MAX_FILE_BYTES.max(file.bytes.len() as u64);
    let present = read_regular(path, limit).map_err(|_| foreign())?;
    match force || present == file.bytes || record.has(&file.path, &present) {
        true => Ok(Some(present)),
        false => Err(foreign()),
    }
}

/// The record of a folder, and the bytes that its file has.
struct Recorded {
    path: PathBuf,
    before: Option<Vec<u8>>,
    record: Record,
}

impl Recorded {
    /// Reads the record. With `force`, a file of another author counts as empty.
    fn read(folder: &Path, force: bool) -> Result<Self, WriteError> {
        let path = folder.join(RECORD);
        if path.symlink_metadata().is_err() {
            return Ok(Self { path, before: None, record: Record::default() });
        }
        let foreign = || WriteError::Exists { path: path.clone() };
        let before = read_regular(&path, MAX_FILE_BYTES).map_err(|_| foreign())?;
        let record = match Record::parse(&before) {
            Some(record) => record,
            None if force => Record::default(),
            None => return Err(foreign()),
        };
        Ok(Self { path, before: Some(before), record })
    }

    /// Writes the record if it changed.
    fn write(&mut self) -> Result<(), WriteError> {
        let after = self.record.text().into_bytes();
        match &self.before {
            None => {
                create_parent(&self.path)?;
                create(&self.path, &after)?;
            }
            Some(before) if *before == after => {}
            Some(before) => {
                replace_all(&[Replacement { path: &self.path, before, after: &after }])?;
            }
        }
        self.before = Some(after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> OutputFile {
        OutputFile { path: path.to_owned(), bytes: text.as_bytes().to_vec(), about: "" }
    }

    #[test]
    fn second_run_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("out");
        let files = [file("a", "1"), file("sites/b/a", "2")];
        let first = write_folder(&at, &files, false).unwrap();
        assert_eq!(first.outcomes, [Outcome::Created; 2]);
        let second = write_folder(&at, &files, false).unwrap();
        assert_eq!(second.outcomes, [Outcome::Unchanged; 2]);
        assert_eq!(fs::read_dir(&at).unwrap().count(), 3);
    }

    #[test]
    fn own_file_is_replaced_and_foreign_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        write_folder(at, &[file("a", "1"), file("b", "1")], false).unwrap();
        let replaced = write_folder(at, &[file("a", "2")], false).unwrap();
        assert_eq!(replaced.outcomes, [Outcome::Replaced]);
        assert_eq!(replaced.outdated, ["b"]);
        fs::write(at.join("a"), "by hand").unwrap();
        let refused = write_folder(at, &[file("c", "3"), file("a", "3")], false);
        assert!(matches!(refused, Err(WriteError::Exists { path }) if path.ends_with("a")));
        assert!(!at.join("c").exists());
        assert_eq!(fs::read_to_string(at.join("a")).unwrap(), "by hand");
        let forced = write_folder(at, &[file("a", "3")], true).unwrap();
        assert_eq!(forced.outcomes, [Outcome::Replaced]);
    }

    #[test]
    fn outdated_file_is_ours_until_it_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        write_folder(at, &[file("a", "1"), file("sites/b/a", "1")], false).unwrap();
        for _ in 0..2 {
            let without = write_folder(at, &[file("a", "1")], false).unwrap();
            assert_eq!(without.outdated, ["sites/b/a"]);
        }
        let again = write_folder(at, &[file("a", "1"), file("sites/b/a", "2")], false).unwrap();
        assert_eq!(again.outcomes, [Outcome::Unchanged, Outcome::Replaced]);
        write_folder(at, &[file("a", "1")], false).unwrap();
        fs::remove_file(at.join("sites/b/a")).unwrap();
        let gone = write_folder(at, &[file("a", "1")], false).unwrap();
        assert!(gone.outdated.is_empty());
        assert!(!fs::read_to_string(at.join(RECORD)).unwrap().contains("sites/b/a"));
    }

    #[test]
    fn foreign_record_is_replaced_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let theirs = format!("{}  readme\n", sha256(b"theirs"));
        fs::write(at.join(RECORD), &theirs).unwrap();
        let refused = write_folder(at, &[file("a", "1")], false);
        assert!(matches!(refused, Err(WriteError::Exists { path }) if path.ends_with(RECORD)));
        assert_eq!(fs::read_to_string(at.join(RECORD)).unwrap(), theirs);
        assert!(!at.join("a").exists());
        write_folder(at, &[file("a", "1")], true).unwrap();
        let second = write_folder(at, &[file("a", "1")], false).unwrap();
        assert_eq!(second.outcomes, [Outcome::Unchanged]);
    }

    #[test]
    fn files_of_a_run_that_failed_are_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        write_folder(at, &[file("a", "1"), file("b", "1")], false).unwrap();
        // a path with NUL cannot be created, and this is found only while files are written
        let failed = write_folder(at, &[file("new", "2"), file("a", "2"), file("x\0", "2")], false);
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(at.join("new")).unwrap(), "2");
        assert_eq!(fs::read_to_string(at.join("a")).unwrap(), "1");
        let next = write_folder(at, &[file("new", "3"), file("a", "3"), file("b", "1")], false);
        let outcomes = [Outcome::Replaced, Outcome::Replaced, Outcome::Unchanged];
        assert_eq!(next.unwrap().outcomes, outcomes);
    }

    #[test]
    fn file_in_place_of_a_folder_is_an_error_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("jabber"), "").unwrap();
        for force in [false, true] {
            let refused = write_folder(at, &[file("a", "1"), file("jabber/url", "1")], force);
            let Err(WriteError::NotFolder { path }) = refused else { panic!("{refused:?}") };
            assert_eq!(path, at.join("jabber"));
            assert_eq!(fs::read_dir(at).unwrap().count(), 1);
        }
    }

    #[test]
    fn foreign_file_with_the_new_content_is_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "1").unwrap();
        let written = write_folder(folder.path(), &[file("a", "1")], false).unwrap();
        assert_eq!(written.outcomes, [Outcome::Unchanged]);
    }

    #[test]
    fn path_outside_the_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["../a", "/a", "", "a/../../b"] {
            assert!(write_folder(folder.path(), &[file(path, "1")], false).is_err(), "{path}");
        }
    }
}
