//! Folders that hold what no publisher writes: links, pipes, folders in place of files, and numbers
//! at the end of their range.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_bundle::Manifest;
use adr_watcher::publish::{Disk, PublishError, history, tree_after};
use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::room::{artefacts, content, folder, publisher, put, seen};

/// What may lie in the place of a file.
#[derive(Clone, Copy, Debug)]
enum Thing {
    Pipe,
    LinkToFile,
    LinkToPipe,
    LinkInCircle,
    Folder,
    Nothing,
}

const THINGS: [Thing; 6] = [
    Thing::Pipe,
    Thing::LinkToFile,
    Thing::LinkToPipe,
    Thing::LinkInCircle,
    Thing::Folder,
    Thing::Nothing,
];

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

/// Puts a thing in the place of whatever lies at a path. Beside the folder lies what links lead to.
fn replace(path: &Path, thing: Thing, outside: &Path) {
    let _ = fs::remove_file(path);
    let _ = fs::remove_dir_all(path);
    let link = |target: PathBuf| std::os::unix::fs::symlink(target, path).unwrap();
    match thing {
        Thing::Pipe => pipe(path),
        Thing::LinkToFile => link(outside.join("file")),
        Thing::LinkToPipe => link(outside.join("pipe")),
        Thing::LinkInCircle => link(path.to_owned()),
        Thing::Folder => fs::create_dir(path).unwrap(),
        Thing::Nothing => {}
    }
}

/// Where links lead: a file with good content, and a pipe.
fn outside(good: &Path) -> tempfile::TempDir {
    let outside = folder();
    let _ = fs::copy(good, outside.path().join("file"));
    pipe(&outside.path().join("pipe"));
    outside
}

/// Runs what must end by itself. What waits on a pipe would wait for ever.
fn soon<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(run()));
    let patience = Duration::from_secs(20);
    receive.recv_timeout(patience).expect("it waits on a pipe")
}

/// Every command that reads the folder ends, and publishing repairs what lies in a generation.
#[test]
fn odd_file_in_current_generation_is_damage_that_publishing_repairs() {
    let names =
        ["manifest.json", "record.json", "AppDialRules.xml", "CUPC/AppDialRules.xml", "CUPC"];
    for (name, thing) in names.iter().flat_map(|name| THINGS.map(|thing| (*name, thing))) {
        let folder = folder();
        let one = artefacts(1, true);
        put(folder.path(), &one, &Disk::default()).unwrap();
        let file = folder.path().join("generations/1").join(name);
        let outside = outside(&file);
        replace(&file, thing, outside.path());
        let path = folder.path().to_owned();
        let (kept, published) = soon(move || {
            let _ = publisher(&path).base();
            let _ = publisher(&path).roll_back(None);
            (history(&path), put(&path, &artefacts(1, true), &Disk::default()))
        });
        // the record is not content: without it, only the time of publishing is unknown
        let is_damage = name != "record.json";
        let kept = kept.unwrap();
        assert_eq!(kept[0].damage.is_some(), is_damage, "{name} {thing:?}: {kept:?}");
        let published = published.unwrap();
        assert_eq!(published.changed, is_damage, "{name} {thing:?}");
        assert_eq!(seen(folder.path()), content(&one), "{name} {thing:?}");
    }
}

#[test]
fn odd_lock_is_refused_and_left_alone() {
    for thing in THINGS {
        let folder = folder();
        let lock = folder.path().join(".lock");
        let outside = outside(Path::new("/nowhere"));
        replace(&lock, thing, outside.path());
        let path = folder.path().to_owned();
        let result = soon(move || put(&path, &artefacts(1, false), &Disk::default()));
        let expected = match thing {
            Thing::Pipe | Thing::Folder => "this is not a regular file",
            Thing::LinkToFile | Thing::LinkToPipe | Thing::LinkInCircle => {
                "this is a symbolic link, and adrc follows no links in a published folder"
            }
            Thing::Nothing => {
                assert!(result.unwrap().changed);
                continue;
            }
        };
        let Err(PublishError::Failed { path, reason }) = result else {
            panic!("{thing:?}: {result:?}");
        };
        assert_eq!((path, reason.as_str()), (lock, expected), "{thing:?}");
        // a lock that is made behind the link would be one that nobody else holds
        assert!(!outside.path().join("file").exists(), "{thing:?}");
        assert!(seen(folder.path()).is_none());
    }
}

#[test]
fn odd_folder_of_generations_is_refused() {
    for thing in [Thing::Pipe, Thing::LinkToFile, Thing::LinkInCircle] {
        let folder = folder();
        let generations = folder.path().join("generations");
        replace(&generations, thing, folder.path());
        let path = folder.path().to_owned();
        let result = soon(move || put(&path, &artefacts(1, false), &Disk::default()));
        assert_eq!(result, Err(PublishError::Foreign(generations)), "{thing:?}");
    }
}

/// The one link that is followed leads to a generation of this folder and nowhere else.
#[test]
fn current_that_leads_elsewhere_is_refused() {
    let other = folder();
    put(other.path(), &artefacts(1, false), &Disk::default()).unwrap();
    let away = other.path().join("generations/1");
    for target in [away.to_str().unwrap(), "../1", "generations/../1", "1", "generations/01"] {
        let folder = folder();
        put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
        let current = folder.path().join("current");
        fs::remove_file(&current).unwrap();
        std::os::unix::fs::symlink(target, &current).unwrap();
        let result = put(folder.path(), &artefacts(2, false), &Disk::default());
        assert_eq!(result, Err(PublishError::Foreign(current)), "{target}");
        let nothing = PublishError::NothingPublished(folder.path().to_owned());
        assert_eq!(history(folder.path()), Err(nothing), "{target}");
    }
}

/// Gives generation 1 of a folder another number, in its name and in its manifest.
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

#[test]
fn nothing_is_published_after_the_last_number() {
    for (name, manifest) in [(u64::MAX, u64::MAX), (u64::MAX, 1), (1, u64::MAX)] {
        let folder = folder();
        put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
        renumber(folder.path(), name, manifest);
        let before = seen(folder.path());
        let full = PublishError::NoNumberLeft(folder.path().to_owned());
        let other = put(folder.path(), &artefacts(2, false), &Disk::default());
        assert_eq!(other, Err(full.clone()), "{name} {manifest}");
        let said = full.to_string();
        let is_helpful = said.contains("publish into an empty folder");
        assert!(is_helpful && said.contains(folder.path().to_str().unwrap()), "{said}");
        // what is there stays, and equal content needs no number
        assert_eq!(seen(folder.path()), before);
        if name == manifest {
            let same = put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
            assert!(!same.changed && same.generation == u64::MAX);
        }
        assert_eq!(history(folder.path()).unwrap().len(), 1);
    }
    let last = Manifest {
        generation: u64::MAX,
        ..tree_after(None, &artefacts(1, false), "test", 1).unwrap().manifest().clone()
    };
    assert!(tree_after(Some(&last), &artefacts(2, false), "test", 1).is_err());
    let same = tree_after(Some(&last), &artefacts(1, false), "test", 1).unwrap();
    assert_eq!(same.generation(), u64::MAX);
}

#[test]
fn rollback_after_the_last_number_is_refused() {
    let folder = folder();
    for prefix in [1, 2] {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    fs::rename(folder.path().join("generations/1"), folder.path().join("generations/7")).unwrap();
    fs::rename(folder.path().join("generations/2"), folder.path().join("generations/1")).unwrap();
    renumber(folder.path(), u64::MAX, u64::MAX);
    let full = PublishError::NoNumberLeft(folder.path().to_owned());
    assert_eq!(publisher(folder.path()).roll_back(Some(7)), Err(full));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Client cores take no number twice and none that is smaller, so a new one is above all that
    /// were ever seen.
    #[test]
    fn next_number_is_above_every_number_seen(name in 1..=u64::MAX, manifest in 1..=u64::MAX) {
        let folder = folder();
        put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
        renumber(folder.path(), name, manifest);
        let published = put(folder.path(), &artefacts(2, false), &Disk::default());
        match name.max(manifest).checked_add(1) {
            Some(next) => prop_assert_eq!(published.unwrap().generation, next),
            None => prop_assert!(published.is_err()),
        }
    }
}

/// Sizes in a manifest are whatever somebody wrote there.
#[test]
fn sizes_of_a_manifest_are_added_without_wrapping() {
    let folder = folder();
    put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
    let path = folder.path().join("generations/1/manifest.json");
    let mut manifest = Manifest::parse(&fs::read(&path).unwrap()).unwrap();
    for (at, file) in manifest.files.iter_mut().enumerate() {
        file.size = u64::MAX;
        file.sha256 = format!("{at:064}");
    }
    fs::write(&path, manifest.to_json()).unwrap();
    let kept = history(folder.path()).unwrap();
    assert_eq!(kept[0].size, u64::MAX);
    let told = kept[0].damage.as_deref().unwrap();
    assert!(told.contains("and the manifest says 18446744073709551615"), "{told}");
}

#[test]
fn folders_that_only_look_like_numbers_are_not_generations() {
    let folder = folder();
    for prefix in 1..=3 {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    for name in ["+2", "007", "0x1", "18446744073709551616"] {
        fs::create_dir(folder.path().join("generations").join(name)).unwrap();
    }
    let keeping = publisher(folder.path()).keeping(1);
    let published = keeping.publish(&artefacts(4, false), || Ok(()));
    assert_eq!(published.unwrap().generation, 4);
    assert!(folder.path().join("generations/007").exists());
}
