//! Reading files of a folder with untrusted content.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests write files; a failure there fails the test"
)]

use std::fs;
use std::os::unix::fs::symlink;

use adr_bundle::{Folder, ManifestFile};
use proptest::prelude::*;
use tempfile::TempDir;

/// A folder `in` with a file, a folder with a file, and links; next to it a file that must stay
/// hidden.
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
    /// A file is read only by its own name, whatever parts a name consists of.
    #[test]
    fn only_files_inside_the_folder_are_read(
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
fn names_with_special_parts_are_rejected() {
    let made = made();
    let folder = Folder::open(&made.path().join("in")).unwrap();
    for name in ["/a", "//a", "/b/c", "/", "", "b//c", "b/./c", "./a", "a/", "b/../a"] {
        let error = folder.read(name, 100).unwrap_err().to_string();
        assert_eq!(error, "this is not a name inside the folder", "{name}");
    }
}

#[test]
fn file_beyond_the_limit_is_not_read() {
    let made = made();
    let folder = Folder::open(&made.path().join("in")).unwrap();
    assert_eq!(folder.read("a", 1).unwrap().bytes, b"a");
    let error = folder.read("a", 0).unwrap_err().to_string();
    assert_eq!(error, "1 bytes, and at most 0 are read");
    // the size of a huge file is compared before anything is read
    let huge = fs::File::create(made.path().join("in/huge")).unwrap();
    huge.set_len(1 << 42).unwrap();
    let mut listed = ManifestFile::of("huge", b"x");
    let error = folder.read_listed(&listed).unwrap_err().to_string();
    assert_eq!(error, "4398046511104 bytes, and the manifest says 1");
    listed.size = 1 << 42;
    let error = folder.read_listed(&listed).unwrap_err().to_string();
    assert!(error.ends_with("are read"), "{error}");
}
