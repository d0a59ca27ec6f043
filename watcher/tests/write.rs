//! Several files are replaced together or not at all.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the suite writes to disk; a failure there fails the test"
)]

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use adr_watcher::write::{Replacement, WriteError, create, replace_all};
use tempfile::TempDir;

/// A folder with the files `a` and `b`, whose contents are their names.
fn folder() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    fs::write(&a, "a").unwrap();
    fs::write(&b, "b").unwrap();
    (folder, a, b)
}

/// Replaces both files, after they were read as `a` and `b`.
fn replace_both(a: &Path, b: &Path) -> Result<(), WriteError> {
    let file = |path, before, after| Replacement { path, before, after };
    replace_all(&[file(a, b"a", b"new a"), file(b, b"b", b"new b")])
}

/// The names of all files in a folder with their contents, sorted.
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
fn changed_file_leaves_all_files_unchanged() {
    let (folder, a, b) = folder();
    fs::write(&b, "edited").unwrap();
    let error = replace_both(&a, &b).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: the file changed meanwhile", b.display()));
    assert!(matches!(error, WriteError::Changed { path } if path == b));
    let expected = pairs(&[("a", "a"), ("b", "edited")]);
    assert_eq!(contents(folder.path()), expected);
}

#[test]
fn read_only_file_leaves_all_files_unchanged() {
    let (folder, a, b) = folder();
    let mut permissions = fs::metadata(&b).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&b, permissions).unwrap();
    let error = replace_both(&a, &b).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: the file is read-only", b.display()));
    assert!(matches!(error, WriteError::ReadOnly { path } if path == b));
    let expected = pairs(&[("a", "a"), ("b", "b")]);
    assert_eq!(contents(folder.path()), expected);
}

#[test]
fn missing_file_leaves_all_files_unchanged() {
    let (folder, a, b) = folder();
    fs::remove_file(&b).unwrap();
    let error = replace_both(&a, &b).unwrap_err();
    assert!(matches!(error, WriteError::Failed { path, .. } if path == b));
    assert_eq!(contents(folder.path()), pairs(&[("a", "a")]));
}

#[cfg(unix)]
#[test]
fn file_with_two_names_is_rejected() {
    let (folder, a, b) = folder();
    fs::remove_file(&b).unwrap();
    symlink(&a, &b).unwrap();
    let error = replace_both(&a, &b).unwrap_err();
    let text = format!("{}: this is the same file as {}", b.display(), a.display());
    assert_eq!(error.to_string(), text);
    assert!(matches!(error, WriteError::SameFile { path, other } if path == b && other == a));
    let expected = pairs(&[("a", "a"), ("b", "a")]);
    assert_eq!(contents(folder.path()), expected);
}

#[cfg(unix)]
#[test]
fn replacing_keeps_links_and_permissions() {
    let (_folder, a, b) = folder();
    let link = a.with_file_name("link");
    symlink(&a, &link).unwrap();
    fs::set_permissions(&a, fs::Permissions::from_mode(0o640)).unwrap();
    replace_both(&link, &b).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&a).unwrap(), "new a");
    assert_eq!(fs::metadata(&a).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn created_file_is_not_overwritten_with_other_content() {
    let (folder, a, _) = folder();
    let new = folder.path().join("new");
    create(&new, b"new").unwrap();
    #[cfg(unix)]
    assert_eq!(fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o644);
    create(&a, b"a").unwrap();
    let error = create(&a, b"other").unwrap_err();
    assert!(matches!(&error, WriteError::Exists { path } if *path == a));
    assert_eq!(error.help(), "choose another name, or remove it first");
    let expected = pairs(&[("a", "a"), ("b", "b"), ("new", "new")]);
    assert_eq!(contents(folder.path()), expected);
}
