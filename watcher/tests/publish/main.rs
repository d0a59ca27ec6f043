//! A reader sees the generation before or the one after, whatever fails when.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "the suite looks at the disk, and what fails there fails the test"
)]

mod history;
mod kill;
mod odd;
mod room;

use std::fs;

use adr_watcher::publish::{Disk, KEEP, PublishError, Published, Publisher, tree_after};

use room::{artefacts, content, folder, publisher, put, seen};

#[test]
fn equal_content_makes_no_new_generation() {
    let folder = folder();
    let (one, two) = (artefacts(1, true), artefacts(2, true));
    let published = |generation, changed| Ok(Published { generation, changed });
    assert_eq!(put(folder.path(), &one, &Disk::default()), published(1, true));
    assert_eq!(put(folder.path(), &one, &Disk::default()), published(1, false));
    assert_eq!(put(folder.path(), &two, &Disk::default()), published(2, true));
    assert_eq!(put(folder.path(), &one, &Disk::default()), published(3, true));
}

#[test]
fn what_is_said_to_be_published_is_on_the_disk() {
    let room = folder();
    let folder = room.path().join("new/published");
    let disk = Disk::recording();
    put(&folder, &artefacts(1, false), &disk).unwrap();
    let new = room.path().join("new");
    for expected in [room.path(), &new, &folder, &folder.join("generations")] {
        let synced = disk.synced();
        assert!(synced.contains(&expected.to_owned()), "{expected:?}: {synced:?}");
    }
    // the switch of a run before may not have got that far
    let disk = Disk::recording();
    let same = put(&folder, &artefacts(1, false), &disk).unwrap();
    assert!(!same.changed && disk.synced() == [folder.as_path()]);
    let disk = Disk::recording();
    let back = publisher(&folder).on(&disk).roll_back(Some(1)).unwrap();
    assert!(!back.published.changed && disk.synced() == [folder.as_path()]);
}

/// Files and `history` tell the time of day; numbers have nothing to do with it.
#[test]
fn generations_grow_when_the_clock_is_set_back() {
    let folder = folder();
    for (at, time) in [2_000_000_000, 1_000_000_000, 0, 1].into_iter().enumerate() {
        let publisher = Publisher::new(folder.path(), "test", time);
        let published = publisher.publish(&artefacts(at, false), || Ok(())).unwrap();
        assert_eq!(published.generation, at as u64 + 1);
    }
    // the same where nothing lies on a disk
    let mut before = None;
    for (at, milliseconds) in [2_000_000_000_000, 1_000_000_000_000, 0].into_iter().enumerate() {
        let tree = tree_after(before.as_ref(), &artefacts(at, false), "test", milliseconds);
        let manifest = tree.unwrap().manifest().clone();
        assert_eq!(manifest.generation, 2_000_000_000_000 + at as u64);
        before = Some(manifest);
    }
}

#[test]
fn only_the_latest_generations_stay() {
    let folder = folder();
    for prefix in 0..KEEP + 5 {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    let mut kept: Vec<usize> = fs::read_dir(folder.path().join("generations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap())
        .collect();
    kept.sort_unstable();
    assert_eq!(kept, (6..=KEEP + 5).collect::<Vec<_>>());
}

#[test]
fn the_stable_links_follow_the_generation() {
    let folder = folder();
    put(folder.path(), &artefacts(1, true), &Disk::default()).unwrap();
    let read = |path: &str| fs::read_to_string(folder.path().join(path));
    assert!(read("CUPC/AppDialRules.xml").unwrap().contains("PrefixWith=\"1\""));
    assert!(read("sites/Dallas/AppDialRules.xml").unwrap().contains("PrefixWith=\"8\""));
    put(folder.path(), &artefacts(2, false), &Disk::default()).unwrap();
    assert!(read("CUPC/AppDialRules.xml").unwrap().contains("PrefixWith=\"2\""));
    assert!(read("sites/Dallas/AppDialRules.xml").is_err());
    assert!(folder.path().join("sites").symlink_metadata().is_err());
}

#[test]
fn damage_is_published_over() {
    let folder = folder();
    let one = artefacts(1, false);
    put(folder.path(), &one, &Disk::default()).unwrap();
    let file = folder.path().join("generations/1/AppDialRules.xml");
    fs::remove_file(&file).unwrap();
    fs::write(&file, "<DialRules/>").unwrap();
    let again = put(folder.path(), &one, &Disk::default()).unwrap();
    assert!(again.changed && again.generation == 2);
    assert_eq!(seen(folder.path()), content(&one));
}

#[test]
fn what_adrc_did_not_write_is_left_alone() {
    for name in ["CUPC", "current", "manifest.json"] {
        let folder = folder();
        fs::write(folder.path().join(name), "mine").unwrap();
        let result = put(folder.path(), &artefacts(1, false), &Disk::default());
        assert!(matches!(result, Err(PublishError::Foreign(_))), "{result:?}");
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "mine");
    }
}

#[test]
fn two_publishers_are_one_too_many() {
    let folder = folder();
    put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
    let lock = fs::File::open(folder.path().join(".lock")).unwrap();
    lock.lock().unwrap();
    let result = put(folder.path(), &artefacts(2, false), &Disk::default());
    assert_eq!(result, Err(PublishError::Busy(folder.path().to_owned())));
}

#[test]
fn files_that_read_otherwise_are_never_switched_to() {
    let folder = folder();
    let one = artefacts(1, false);
    put(folder.path(), &one, &Disk::default()).unwrap();
    let refuse = || Err("not the same".to_owned());
    let publisher = Publisher::new(folder.path(), "test", 0);
    let result = publisher.publish(&artefacts(2, false), refuse);
    assert_eq!(result, Err(PublishError::ReadBack("not the same".to_owned())));
    assert_eq!(seen(folder.path()), content(&one));
}
