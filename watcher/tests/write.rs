//! Several files are replaced together or not at all.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the suite writes to disk, and what fails here fails the test"
)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use adr_watcher::write::{Replacement, WriteError, replace_all};
use tempfile::TempDir;

/// A folder with two files that hold their names.
fn folder() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    fs::write(&a, "a").unwrap();
    fs::write(&b, "b").unwrap();
    (folder, a, b)
}

/// Gives both files new content, as if they had been read as `a` and `b`.
fn replace_both(a: &Path, b: &Path) -> Result<(), WriteError> {
    let file = |path, before, after| Replacement { path, before, after };
    replace_all(&[file(a, b"a", b"new a"), file(b, b"b", b"new b")])
}

/// What a folder holds: names and contents, sorted.
fn contents(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut contents: Vec<(String, String)> = entries
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect();
    contents.sort();
    contents
}

fn pairs(contents: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    contents.iter().map(owned).collect()
}

#[test]
fn all_files_are_replaced() {
    let (folder, a, b) = folder();
    replace_both(&a, &b).unwrap();
    let expected = pairs(&[("a", "new a"), ("b", "new b")]);
    assert_eq!(contents(folder.path()), expected);
}

#[test]
fn changed_file_leaves_all_as_they_are() {
    let (folder, a, b) = folder();
    fs::write(&b, "edited").unwrap();
    let error = replace_both(&a, &b).unwrap_err();
    assert_eq!((error.path, &*error.reason), (b, "the file changed meanwhile"));
    let expected = pairs(&[("a", "a"), ("b", "edited")]);
    assert_eq!(contents(folder.path()), expected);
}

#[test]
fn read_only_file_leaves_all_as_they_are() {
    let (folder, a, b) = folder();
    fs::set_permissions(&b, fs::Permissions::from_mode(0o444)).unwrap();
    let error = replace_both(&a, &b).unwrap_err();
    assert_eq!((error.path, &*error.reason), (b, "the file is read-only"));
    let expected = pairs(&[("a", "a"), ("b", "b")]);
    assert_eq!(contents(folder.path()), expected);
}

#[test]
fn missing_file_leaves_all_as_they_are() {
    let (folder, a, b) = folder();
    fs::remove_file(&b).unwrap();
    assert!(replace_both(&a, &b).is_err());
    assert_eq!(contents(folder.path()), pairs(&[("a", "a")]));
}

#[test]
fn one_file_under_two_names_is_refused() {
    let (folder, a, b) = folder();
    fs::remove_file(&b).unwrap();
    symlink(&a, &b).unwrap();
    let error = replace_both(&a, &b).unwrap_err();
    let reason = format!("this is the same file as {}", a.display());
    assert_eq!((error.path, error.reason), (b, reason));
    let expected = pairs(&[("a", "a"), ("b", "a")]);
    assert_eq!(contents(folder.path()), expected);
}

#[test]
fn links_and_permissions_stay() {
    let (_folder, a, b) = folder();
    let link = a.with_file_name("link");
    symlink(&a, &link).unwrap();
    fs::set_permissions(&a, fs::Permissions::from_mode(0o640)).unwrap();
    replace_both(&link, &b).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&a).unwrap(), "new a");
    assert_eq!(fs::metadata(&a).unwrap().permissions().mode() & 0o777, 0o640);
}
