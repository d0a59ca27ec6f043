//! What paths name, and files that cannot be read.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the suite writes to disk; a failure there fails the test"
)]

use std::fs;
use std::path::Path;
use std::slice::from_ref;

use adr_language::{Levels, load};
use adr_watcher::sources::{Disk, Input, InputError, check, plan_entries, recognize};

/// The path of a file in a folder, as adrc writes it: with `/`.
fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string().replace('\\', "/")
}

#[test]
fn named_file_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = path(folder.path(), "missing.adr");
    let entries = plan_entries(from_ref(&missing)).unwrap();
    let error = check(load(&Disk, &entries), &Levels::default()).unwrap_err();
    assert!(matches!(error, InputError::Unreadable { .. }));
    assert_eq!(error.to_string(), format!("cannot read `{missing}`: no such file or folder"));
    assert_eq!(error.help(), "check the path");
}

#[test]
fn included_file_that_cannot_be_read_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plan.adr"), "include \"missing.adr\"\n").unwrap();
    let entries = plan_entries(&[path(folder.path(), "plan.adr")]).unwrap();
    let checked = check(load(&Disk, &entries), &Levels::default()).unwrap();
    let names: Vec<_> = checked.report().diagnostics().iter().map(|found| found.name).collect();
    assert!(names.contains(&"unreadable-include"), "{names:?}");
}

#[test]
fn paths_are_recognized_by_what_they_contain() {
    let folder = tempfile::tempdir().unwrap();
    let (deployed, published) = (path(folder.path(), "deployed"), path(folder.path(), "published"));
    fs::create_dir_all(folder.path().join("deployed/CUPC")).unwrap();
    fs::create_dir(folder.path().join("published")).unwrap();
    fs::write(folder.path().join("deployed/CUPC/AppDialRules.xml"), "").unwrap();
    fs::write(folder.path().join("published/manifest.json"), "").unwrap();
    let file = format!("{deployed}/CUPC/AppDialRules.xml");
    let recognized = recognize(&[deployed]).unwrap();
    assert_eq!(recognized, Input::Deployed(vec![file.clone()]));
    let recognized = recognize(from_ref(&published)).unwrap();
    assert_eq!(recognized, Input::Published(published));
    // without links, a published folder has a pointer file, and no manifest of its own
    let pointing = path(folder.path(), "pointing");
    fs::create_dir(&pointing).unwrap();
    fs::write(folder.path().join("pointing/current"), "generations/7\n").unwrap();
    let recognized = recognize(from_ref(&pointing)).unwrap();
    assert_eq!(recognized, Input::Published(pointing));
    let error = recognize(&[path(folder.path(), "plan.adr"), file]).unwrap_err();
    assert!(error.to_string().contains("cannot be combined"), "{error}");
    let error = recognize(&[folder.path().display().to_string()]).unwrap_err();
    assert!(error.to_string().contains("holds no `.adr` files"), "{error}");
}
