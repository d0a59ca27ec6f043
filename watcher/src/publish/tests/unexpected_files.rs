//! Published folders with unexpected contents: links, pipes, folders in place of files, and numbers
//! at the end of their range.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_bundle::Manifest;
use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::fixture::{artifacts, assert_error, content, folder, publish, publisher, visible};
use crate::publish::{PublishError, history, tree_after};
use crate::sources::describe;

/// What may be found in place of a file.
#[derive(Clone, Copy, Debug)]
enum Substitute {
    Pipe,
    LinkToFile,
    LinkToPipe,
    LinkToItself,
    Folder,
    Nothing,
}

const SUBSTITUTES: [Substitute; 6] = [
    Substitute::Pipe,
    Substitute::LinkToFile,
    Substitute::LinkToPipe,
    Substitute::LinkToItself,
    Substitute::Folder,
    Substitute::Nothing,
];

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

/// Replaces a file or a folder. Links lead to files in `outside`.
fn replace(path: &Path, substitute: Substitute, outside: &Path) {
    let _ = fs::remove_file(path);
    let _ = fs::remove_dir_all(path);
    let link = |target: PathBuf| std::os::unix::fs::symlink(target, path).unwrap();
    match substitute {
        Substitute::Pipe => pipe(path),
        Substitute::LinkToFile => link(outside.join("file")),
        Substitute::LinkToPipe => link(outside.join("pipe")),
        Substitute::LinkToItself => link(path.to_owned()),
        Substitute::Folder => fs::create_dir(path).unwrap(),
        Substitute::Nothing => {}
    }
}

/// The targets of links: a copy of the intact file, and a pipe.
fn outside(intact: &Path) -> tempfile::TempDir {
    let outside = folder();
    let _ = fs::copy(intact, outside.path().join("file"));
    pipe(&outside.path().join("pipe"));
    outside
}

/// Runs a function that must return, and fails if it blocks on a pipe.
fn returns<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(run()));
    let timeout = Duration::from_secs(120);
    receive.recv_timeout(timeout).expect("it blocks on a pipe")
}

/// No operation blocks, and publishing repairs the generation.
#[test]
fn unexpected_file_in_current_generation_is_repaired() {
    let names =
        ["manifest.json", "record.json", "AppDialRules.xml", "CUPC/AppDialRules.xml", "CUPC"];
    for (name, substitute) in
        names.iter().flat_map(|name| SUBSTITUTES.map(|substitute| (*name, substitute)))
    {
        let folder = folder();
        let one = artifacts(1, true);
        publish(folder.path(), &one).unwrap();
        let file = folder.path().join("generations/1").join(name);
        let outside = outside(&file);
        replace(&file, substitute, outside.path());
        let path = folder.path().to_owned();
        let (entries, published) = returns(move || {
            let _ = publisher(&path).base();
            let _ = publisher(&path).roll_back(None);
            (history(&path), publish(&path, &artifacts(1, true)))
        });
        // the record is not part of the content
        let is_damage = name != "record.json";
        let entries = entries.unwrap();
        assert_eq!(entries[0].damage.is_some(), is_damage, "{name} {substitute:?}: {entries:?}");
        let published = published.unwrap();
        assert_eq!(published.changed, is_damage, "{name} {substitute:?}");
        assert_eq!(visible(folder.path()), content(&one), "{name} {substitute:?}");
    }
}

#[test]
fn unexpected_lock_file_is_rejected_and_unchanged() {
    for substitute in SUBSTITUTES {
        let folder = folder();
        let lock = folder.path().join(".lock");
        let outside = outside(Path::new("/nowhere"));
        replace(&lock, substitute, outside.path());
        let path = folder.path().to_owned();
        let result = returns(move || publish(&path, &artifacts(1, false)));
        let expected = match substitute {
            Substitute::Pipe | Substitute::Folder => "this is not a regular file",
            Substitute::LinkToFile | Substitute::LinkToPipe | Substitute::LinkToItself => {
                "this is a symbolic link, and adrc follows no links in a published folder"
            }
            Substitute::Nothing => {
                assert!(result.unwrap().changed);
                continue;
            }
        };
        let Err(PublishError::Failed { path, source }) = result else {
            panic!("{substitute:?}: {result:?}");
        };
        assert_eq!((path, describe(&source).reason.as_str()), (lock, expected), "{substitute:?}");
        // a lock file behind the link would not exclude a publisher that rejects the link
        assert!(!outside.path().join("file").exists(), "{substitute:?}");
        assert!(visible(folder.path()).is_none());
    }
}

#[test]
fn unexpected_folder_of_generations_is_rejected() {
    for substitute in [Substitute::Pipe, Substitute::LinkToFile, Substitute::LinkToItself] {
        let folder = folder();
        let generations = folder.path().join("generations");
        replace(&generations, substitute, folder.path());
        let path = folder.path().to_owned();
        let result = returns(move || publish(&path, &artifacts(1, false)));
        assert_error(result, &PublishError::Foreign(generations));
    }
}

/// `current` may lead to a generation of the same folder only.
#[test]
fn link_current_that_leads_elsewhere_is_rejected() {
    let other = folder();
    publish(other.path(), &artifacts(1, false)).unwrap();
    let elsewhere = other.path().join("generations/1");
    for target in [elsewhere.to_str().unwrap(), "../1", "generations/../1", "1", "generations/01"] {
        let folder = folder();
        publish(folder.path(), &artifacts(1, false)).unwrap();
        let current = folder.path().join("current");
        fs::remove_file(&current).unwrap();
        std::os::unix::fs::symlink(target, &current).unwrap();
        let result = publish(folder.path(), &artifacts(2, false));
        assert_error(result, &PublishError::Foreign(current));
        let nothing = PublishError::NothingPublished(folder.path().to_owned());
        assert_error(history(folder.path()), &nothing);
    }
}

/// Renames the folder of generation 1, and changes the number in its manifest.
fn renumber(folder: &Path, name: u64, manifest: u64) {
    let generations = folder.join("generations");
    let place = generations.join(name.to_string());
    fs::rename(generations.join("1"), &place).unwrap();
    let path = place.join(Manifest::FILE_NAME);
    let known = Manifest::parse(&fs::read(&path).unwrap()).unwrap();
    let other = Manifest { generation: manifest, ..known };
    fs::write(&path, other.to_json()).unwrap();
    let current = folder.join("current");
    fs::remove_file(&current).unwrap();
    std::os::unix::fs::symlink(format!("generations/{name}"), current).unwrap();
}

/// What `current` may be in place of a link to a generation: other files stay as they are.
#[test]
fn pointer_file_that_leads_elsewhere_is_rejected() {
    for text in ["1", "generations/01", "generations/1/CUPC", "../1", "", "generations/1\n\n"] {
        let folder = folder();
        publish(folder.path(), &artifacts(1, false)).unwrap();
        let current = folder.path().join("current");
        fs::remove_file(&current).unwrap();
        fs::write(&current, text).unwrap();
        let result = publish(folder.path(), &artifacts(2, false));
        assert_error(result, &PublishError::Foreign(current.clone()));
        assert_eq!(fs::read_to_string(&current).unwrap(), text);
        let nothing = PublishError::NothingPublished(folder.path().to_owned());
        assert_error(history(folder.path()), &nothing);
    }
}

#[test]
fn publishing_after_the_largest_number_is_rejected() {
    for (name, manifest) in [(u64::MAX, u64::MAX), (u64::MAX, 1), (1, u64::MAX)] {
        let folder = folder();
        publish(folder.path(), &artifacts(1, false)).unwrap();
        renumber(folder.path(), name, manifest);
        let before = visible(folder.path());
        let full = PublishError::NoNumberLeft(folder.path().to_owned());
        let other = publish(folder.path(), &artifacts(2, false));
        assert_error(other, &full);
        let text = full.to_string();
        let is_helpful = text.contains("publish into an empty folder");
        assert!(is_helpful && text.contains(folder.path().to_str().unwrap()), "{text}");
        // the current generation stays, and can be published again
        assert_eq!(visible(folder.path()), before);
        if name == manifest {
            let same = publish(folder.path(), &artifacts(1, false)).unwrap();
            assert!(!same.changed && same.generation == u64::MAX);
        }
        assert_eq!(history(folder.path()).unwrap().len(), 1);
    }
    let last = Manifest {
        generation: u64::MAX,
        ..tree_after(None, &artifacts(1, false), 1).unwrap().manifest().clone()
    };
    assert!(tree_after(Some(&last), &artifacts(2, false), 1).is_err());
    let same = tree_after(Some(&last), &artifacts(1, false), 1).unwrap();
    assert_eq!(same.generation(), u64::MAX);
}

#[test]
fn rollback_after_the_largest_number_is_rejected() {
    let folder = folder();
    for prefix in [1, 2] {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    fs::rename(folder.path().join("generations/1"), folder.path().join("generations/7")).unwrap();
    fs::rename(folder.path().join("generations/2"), folder.path().join("generations/1")).unwrap();
    renumber(folder.path(), u64::MAX, u64::MAX);
    let full = PublishError::NoNumberLeft(folder.path().to_owned());
    assert_error(publisher(folder.path()).roll_back(Some(7)), &full);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Clients reject a generation that is not newer than their own.
    #[test]
    fn next_generation_exceeds_every_known_number(name in 1..=u64::MAX, manifest in 1..=u64::MAX) {
        let folder = folder();
        publish(folder.path(), &artifacts(1, false)).unwrap();
        renumber(folder.path(), name, manifest);
        let published = publish(folder.path(), &artifacts(2, false));
        match name.max(manifest).checked_add(1) {
            Some(next) => prop_assert_eq!(published.unwrap().generation, next),
            None => prop_assert!(published.is_err()),
        }
    }
}

/// A damaged manifest may contain any sizes.
#[test]
fn history_adds_sizes_without_overflow() {
    let folder = folder();
    publish(folder.path(), &artifacts(1, false)).unwrap();
    let path = folder.path().join("generations/1/manifest.json");
    let mut manifest = Manifest::parse(&fs::read(&path).unwrap()).unwrap();
    for (at, file) in manifest.files.iter_mut().enumerate() {
        file.size = u64::MAX;
        file.sha256 = format!("{at:064}");
    }
    fs::write(&path, manifest.to_json()).unwrap();
    let entries = history(folder.path()).unwrap();
    assert_eq!(entries[0].size, u64::MAX);
    let damage = entries[0].damage.as_deref().unwrap();
    assert!(damage.contains("and the manifest says 18446744073709551615"), "{damage}");
}

#[test]
fn folders_with_unusual_numbers_are_not_generations() {
    let folder = folder();
    for prefix in 1..=3 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    for name in ["+2", "007", "0x1", "18446744073709551616"] {
        fs::create_dir(folder.path().join("generations").join(name)).unwrap();
    }
    let keeping = publisher(folder.path()).keeping(1);
    let published = keeping.publish(&artifacts(4, false), || Ok(()));
    assert_eq!(published.unwrap().generation, 4);
    assert!(folder.path().join("generations/007").exists());
}
