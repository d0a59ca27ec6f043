//! Readers see the old or the new generation, also when publishing fails.

mod change_plan;
mod fixture;
mod history;
mod install;
mod interruption;
mod killed_nodes;
mod nodes;
mod rollback;
mod signing;
mod single_faults;
mod sources;
mod switching;
mod through;
mod trust;
#[cfg(unix)]
mod unexpected_files;

use std::fs::{self, File};
use std::sync::Mutex;
use std::time::Duration;

use adr_language::ReadBackError;

use super::disk::Disk;
use super::{DEFAULT_KEPT_GENERATIONS, PublishError, Published, Publisher, tree_after};
use fixture::{artifacts, assert_error, content, folder, publish, publish_on, publisher, visible};

#[test]
fn equal_content_publishes_no_new_generation() {
    let folder = folder();
    let (one, two) = (artifacts(1, true), artifacts(2, true));
    let published = |generation, changed| Published { generation, changed };
    let publish = |artifacts| publish(folder.path(), artifacts).unwrap();
    assert_eq!(publish(&one), published(1, true));
    assert_eq!(publish(&one), published(1, false));
    assert_eq!(publish(&two), published(2, true));
    assert_eq!(publish(&one), published(3, true));
}

#[test]
fn published_generation_is_synced() {
    let above = folder();
    let folder = above.path().join("new/published");
    let disk = Disk::new();
    publish_on(&disk, &folder, &artifacts(1, false)).unwrap();
    let new = above.path().join("new");
    for expected in [above.path(), &new, &folder, &folder.join("generations")] {
        let synced = disk.synced();
        assert!(synced.contains(&expected.to_owned()), "{expected:?}: {synced:?}");
    }
    // the publisher of the current generation may have been killed before it synced the switch
    let disk = Disk::new();
    let same = publish_on(&disk, &folder, &artifacts(1, false)).unwrap();
    assert!(!same.changed && disk.synced() == [folder.as_path()]);
    let disk = Disk::new();
    let back = publisher(&folder).on(&disk).roll_back(Some(1)).unwrap();
    assert!(!back.published.changed && disk.synced() == [folder.as_path()]);
}

/// A command beside the node that serves the folder waits until that has locked it no longer.
#[test]
fn folder_of_another_publisher_is_waited_for() {
    let folder = folder();
    publish(folder.path(), &artifacts(1, false)).unwrap();
    let lock = File::options().write(true).open(folder.path().join(".lock")).unwrap();
    lock.try_lock().unwrap();
    let locked = PublishError::Locked(folder.path().to_owned());
    assert_error(publish(folder.path(), &artifacts(2, false)), &locked);
    let lock = Mutex::new(Some(lock));
    // it is asked while it waits
    let is_canceled = || {
        drop(lock.lock().unwrap().take());
        false
    };
    let waiting = publisher(folder.path()).waiting(Duration::from_secs(600)).unless(&is_canceled);
    let two = artifacts(2, false);
    let published = waiting.publish(&two, || Ok(())).unwrap();
    assert_eq!(published, Published { generation: 2, changed: true });
}

/// Numbers do not depend on the clock.
#[test]
fn generation_numbers_grow_when_the_clock_is_set_back() {
    let folder = folder();
    for (at, time) in [2_000_000_000, 1_000_000_000, 0, 1].into_iter().enumerate() {
        let publisher = Publisher::new(folder.path(), "test", time);
        let published = publisher.publish(&artifacts(at, false), || Ok(())).unwrap();
        assert_eq!(published.generation, at as u64 + 1);
    }
    // the same for generations in memory
    let mut before = None;
    for (at, milliseconds) in [2_000_000_000_000, 1_000_000_000_000, 0].into_iter().enumerate() {
        let tree = tree_after(before.as_ref(), &artifacts(at, false), milliseconds);
        let manifest = tree.unwrap().manifest().clone();
        assert_eq!(manifest.generation, 2_000_000_000_000 + at as u64);
        before = Some(manifest);
    }
}

#[test]
fn publisher_keeps_the_newest_generations() {
    let folder = folder();
    for prefix in 0..DEFAULT_KEPT_GENERATIONS + 5 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    let mut kept: Vec<usize> = fs::read_dir(folder.path().join("generations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap())
        .collect();
    kept.sort_unstable();
    assert_eq!(kept, (6..=DEFAULT_KEPT_GENERATIONS + 5).collect::<Vec<_>>());
}

#[cfg(unix)]
#[test]
fn stable_links_follow_the_current_generation() {
    let folder = folder();
    publish(folder.path(), &artifacts(1, true)).unwrap();
    let read = |path: &str| fs::read_to_string(folder.path().join(path));
    assert!(read("CUPC/AppDialRules.xml").unwrap().contains("PrefixWith=\"1\""));
    assert!(read("sites/Dallas/AppDialRules.xml").unwrap().contains("PrefixWith=\"8\""));
    publish(folder.path(), &artifacts(2, false)).unwrap();
    assert!(read("CUPC/AppDialRules.xml").unwrap().contains("PrefixWith=\"2\""));
    assert!(read("sites/Dallas/AppDialRules.xml").is_err());
    assert!(folder.path().join("sites").symlink_metadata().is_err());
}

#[test]
fn damaged_generation_is_published_again() {
    let folder = folder();
    let one = artifacts(1, false);
    publish(folder.path(), &one).unwrap();
    let file = folder.path().join("generations/1/AppDialRules.xml");
    fs::remove_file(&file).unwrap();
    fs::write(&file, "<DialRules/>").unwrap();
    let second = publish(folder.path(), &one).unwrap();
    assert!(second.changed && second.generation == 2);
    assert_eq!(visible(folder.path()), content(&one));
}

#[test]
fn folder_with_foreign_files_is_unchanged() {
    for name in ["CUPC", "current", "manifest.json"] {
        let folder = folder();
        fs::write(folder.path().join(name), "mine").unwrap();
        let result = publish(folder.path(), &artifacts(1, false));
        assert!(matches!(result, Err(PublishError::Foreign(_))), "{result:?}");
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "mine");
    }
}

#[test]
fn locked_folder_is_rejected() {
    let folder = folder();
    publish(folder.path(), &artifacts(1, false)).unwrap();
    let lock = File::open(folder.path().join(".lock")).unwrap();
    lock.lock().unwrap();
    let result = publish(folder.path(), &artifacts(2, false));
    assert_error(result, &PublishError::Locked(folder.path().to_owned()));
}

#[test]
fn failed_read_back_leaves_the_current_generation() {
    let folder = folder();
    let one = artifacts(1, false);
    publish(folder.path(), &one).unwrap();
    let error = ReadBackError { path: "AppDialRules.xml".to_owned() };
    let result = publisher(folder.path()).publish(&artifacts(2, false), || Err(error.clone()));
    assert_error(result, &PublishError::ReadBack(error));
    assert_eq!(visible(folder.path()), content(&one));
}
