//! `current` in a published folder: a link, or a pointer file.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests write files; a failure there fails the test"
)]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use adr_bundle::Folder;
use adr_bundle::disk::retry_while_held;
use adr_bundle::folder::{LeadsElsewhere, current_target, pointer_text};
use proptest::prelude::*;
use tempfile::TempDir;

/// A published folder with the generations 6 and 7, whose manifests are their numbers, and a
/// pointer file with this text.
fn pointing(text: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for generation in ["6", "7"] {
        let path = folder.path().join("generations").join(generation);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("manifest.json"), generation).unwrap();
    }
    fs::write(folder.path().join("current"), text).unwrap();
    folder
}

/// The manifest that readers see; `None` if they see none.
fn manifest(published: &Path) -> Option<Vec<u8>> {
    Folder::current(published).ok()?.read_manifest().ok()
}

/// Whether `current` exists, and is not one that adrc wrote.
fn leads_elsewhere(published: &Path) -> bool {
    LeadsElsewhere::is_reason(&current_target(published).unwrap_err())
}

#[test]
fn pointer_file_leads_to_a_generation() {
    for text in ["generations/7\n", "generations/7", "generations/7\r\n"] {
        let folder = pointing(text);
        let target = current_target(folder.path()).unwrap().unwrap();
        assert_eq!(target, Path::new("generations").join("7"), "{text:?}");
        assert_eq!(pointer_text(&target), "generations/7\n");
        assert_eq!(manifest(folder.path()).unwrap(), b"7");
    }
}

/// Renames a new form of `current` onto the former one, again and again, while other threads read
/// it: they see one of the generations, never an error, and never a folder without `current`.
#[test]
fn current_is_replaced_by_one_rename_while_others_read_it() {
    let folder = pointing("generations/6\n");
    let (aside, current) = (folder.path().join("aside"), folder.path().join("current"));
    let has_ended = AtomicBool::new(false);
    let read = || {
        let mut reads = 0;
        while !has_ended.load(Ordering::Relaxed) || reads < 100 {
            let target = current_target(folder.path()).unwrap().unwrap();
            assert!(target.ends_with("6") || target.ends_with("7"), "{target:?}");
            let seen = manifest(folder.path()).unwrap();
            assert!(seen == b"6" || seen == b"7", "{seen:?}");
            reads += 1;
        }
    };
    thread::scope(|scope| {
        let readers = [scope.spawn(read), scope.spawn(read)];
        for round in 0..600 {
            let target = Path::new("generations").join(["6", "7"][round % 2]);
            create(&target, &aside, round);
            retry_while_held(|| fs::rename(&aside, &current)).unwrap();
        }
        has_ended.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    assert_eq!(manifest(folder.path()).unwrap(), b"7");
}

/// Creates a pointer file, or for every third round a link where users may create links.
fn create(target: &Path, path: &Path, round: usize) {
    match round % 3 {
        #[cfg(unix)]
        0 => std::os::unix::fs::symlink(target, path).unwrap(),
        _ => fs::write(path, pointer_text(target)).unwrap(),
    }
}

/// Only a name that does not exist is a folder without `current`.
#[cfg(unix)]
#[test]
fn failed_lookup_is_an_error_and_a_missing_name_is_not() {
    let sandbox = tempfile::tempdir().unwrap();
    let at = |name: &str| sandbox.path().join(name);
    std::os::unix::fs::symlink("loop", at("loop")).unwrap();
    fs::write(at("plan.adr"), "").unwrap();
    for missing in ["missing", "plan.adr"] {
        assert_eq!(current_target(&at(missing)).unwrap(), None, "{missing}");
    }
    for failing in ["loop", &"x".repeat(300)] {
        let error = current_target(&at(failing)).unwrap_err();
        assert!(error.raw_os_error().is_some() && !LeadsElsewhere::is_reason(&error), "{error}");
    }
}

#[test]
fn pointer_file_that_leads_out_is_rejected() {
    for text in ["..", "../generations/7", "/etc", "generations/../..", "generations//7", "a/./b"] {
        let error = current_target(pointing(text).path()).unwrap_err();
        assert!(LeadsElsewhere::is_reason(&error), "{text}: {error}");
        let error = error.to_string();
        assert!(error.ends_with("which is not a name inside the folder"), "{text}: {error}");
    }
}

#[test]
fn pointer_file_without_a_line_is_rejected() {
    let long = "x/".repeat(1_000);
    for text in ["", "\n", "generations/7\n\n", "generations/7\ngenerations/6\n", "a\0b", &long] {
        let folder = pointing(text);
        assert!(leads_elsewhere(folder.path()), "{text:?}");
        assert_eq!(manifest(folder.path()), None);
    }
    assert!(leads_elsewhere(pointing([0xff, 0xfe, b'g']).path()));
}

#[test]
fn folder_without_link_or_pointer_file_is_a_copy_of_one_generation() {
    let folder = pointing("generations/7\n");
    let copy = folder.path().join("generations/6");
    assert_eq!(current_target(&copy).unwrap(), None);
    assert_eq!(manifest(&copy).unwrap(), b"6");
    // a folder of that name is a part of the copy
    fs::create_dir(copy.join("current")).unwrap();
    assert_eq!(current_target(&copy).unwrap(), None);
}

proptest! {
    /// Whatever a pointer file contains, readers see a folder inside the published one or nothing.
    #[test]
    fn no_pointer_file_leads_out_of_the_folder(
        text in proptest::collection::vec("[.]|[.][.]|/|\\\\|C:|generations|7|\r|\n|secret", 0..6),
    ) {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("manifest.json"), "secret").unwrap();
        let published = outside.path().join("published");
        fs::create_dir_all(published.join("generations/7")).unwrap();
        fs::write(published.join("generations/7/manifest.json"), "7").unwrap();
        fs::write(published.join("current"), text.concat()).unwrap();
        let seen = manifest(&published);
        prop_assert!(seen.is_none() || seen.as_deref() == Some(b"7"), "{:?}", text);
        if let Ok(Some(target)) = current_target(&published) {
            let (written, text) = (pointer_text(&target), text.concat());
            prop_assert_eq!(written.trim_end(), text.trim_end());
        }
    }
}

#[cfg(unix)]
#[test]
fn link_and_pointer_file_lead_to_the_same_generation() {
    let folder = pointing("generations/6\n");
    let current = folder.path().join("current");
    let by_pointer = current_target(folder.path()).unwrap();
    fs::remove_file(&current).unwrap();
    std::os::unix::fs::symlink("generations/6", &current).unwrap();
    assert_eq!(current_target(folder.path()).unwrap(), by_pointer);
    assert_eq!(manifest(folder.path()).unwrap(), b"6");
}
