//! Files of a folder are opened as they are, and nothing else is.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test makes files, and fails by panicking"
)]

use std::fs;
use std::os::unix::fs::symlink;

use adr_bundle::{Folder, ManifestFile};
use proptest::prelude::*;
use tempfile::TempDir;

/// A folder `in` with a file, a folder with a file, and links; beside it a file that nobody may
/// see.
fn made() -> TempDir {
    let made = tempfile::tempdir().unwrap();
    let at = |name: &str| made.path().join(name);
    fs::create_dir_all(at("in/b")).unwrap();
    for (name, text) in [("in/a", "a"), ("in/b/c", "c"), ("secret", "secret")] {
        fs::write(at(name), text).unwrap();
    }
    symlink("../secret", at("in/away")).unwrap();
    symlink("..", at("in/up")).unwrap();
    symlink("a", at("in/same")).unwrap();
    symlink("b", at("in/d")).unwrap();
    made
}

proptest! {
    /// Whatever a name is made of, what is read is a file of the folder under exactly that name.
    #[test]
    fn only_files_of_the_folder_are_read(
        parts in proptest::collection::vec("a|b|c|d|in|up|away|same|secret|\\.|\\.\\.|", 1..5),
        is_absolute in any::<bool>(),
    ) {
        let made = made();
        let folder = Folder::open(&made.path().join("in")).unwrap();
        let below = parts.join("/");
        let root = made.path().join("in");
        let name = if is_absolute { format!("{}/{below}", root.display()) } else { below };
        let read = folder.read(&name, 100).map(|content| content.bytes);
        match (name.as_str(), read) {
            ("a", read) => prop_assert_eq!(read.unwrap(), b"a"),
            ("b/c", read) => prop_assert_eq!(read.unwrap(), b"c"),
            (_, read) => prop_assert!(read.is_err(), "{}", name),
        }
    }
}

#[test]
fn names_that_are_not_plain_are_refused() {
    let made = made();
    let folder = Folder::open(&made.path().join("in")).unwrap();
    for name in ["/a", "//a", "/b/c", "/", "", "b//c", "b/./c", "./a", "a/", "b/../a"] {
        let error = folder.read(name, 100).unwrap_err().to_string();
        assert_eq!(error, "this is not a name inside the folder", "{name}");
    }
}

#[test]
fn no_more_is_read_than_is_allowed() {
    let made = made();
    let folder = Folder::open(&made.path().join("in")).unwrap();
    assert_eq!(folder.read("a", 1).unwrap().bytes, b"a");
    let error = folder.read("a", 0).unwrap_err().to_string();
    assert_eq!(error, "1 bytes, and at most 0 are read");
    // a file without end in sight: its size is compared before anything is read
    let huge = fs::File::create(made.path().join("in/huge")).unwrap();
    huge.set_len(1 << 42).unwrap();
    let mut listed = ManifestFile::of("huge", b"x");
    let error = folder.read_listed(&listed).unwrap_err().to_string();
    assert_eq!(error, "4398046511104 bytes, and the manifest says 1");
    listed.size = 1 << 42;
    let error = folder.read_listed(&listed).unwrap_err().to_string();
    assert!(error.ends_with("are read"), "{error}");
}
