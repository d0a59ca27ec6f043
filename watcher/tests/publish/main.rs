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
mod room;

use std::fs;

use adr_watcher::publish::{Disk, KEEP, PublishError, Published, Publisher};

use room::{artefacts, content, folder, put, seen};

#[test]
fn equal_content_makes_no_new_generation() {
    let folder = folder();
    let (one, two) = (artefacts(1, true), artefacts(2, true));
    let published = |generation, changed| {
        Ok(Published {
            generation,
            changed,
        })
    };
    assert_eq!(
        put(folder.path(), &one, &Disk::default()),
        published(1, true)
    );
    assert_eq!(
        put(folder.path(), &one, &Disk::default()),
        published(1, false)
    );
    assert_eq!(
        put(folder.path(), &two, &Disk::default()),
        published(2, true)
    );
    assert_eq!(
        put(folder.path(), &one, &Disk::default()),
        published(3, true)
    );
}

#[test]
fn only_the_latest_generations_stay() {
    let folder = folder();
    for prefix in 0..KEEP + 5 {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    let mut kept: Vec<usize> = fs::read_dir(folder.path().join("generations"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .to_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    kept.sort_unstable();
    assert_eq!(kept, (6..=KEEP + 5).collect::<Vec<_>>());
}

#[test]
fn the_stable_links_follow_the_generation() {
    let folder = folder();
    put(folder.path(), &artefacts(1, true), &Disk::default()).unwrap();
    let read = |path: &str| fs::read_to_string(folder.path().join(path));
    assert!(
        read("CUPC/AppDialRules.xml")
            .unwrap()
            .contains("PrefixWith=\"1\"")
    );
    assert!(
        read("sites/Dallas/AppDialRules.xml")
            .unwrap()
            .contains("PrefixWith=\"8\"")
    );
    put(folder.path(), &artefacts(2, false), &Disk::default()).unwrap();
    assert!(
        read("CUPC/AppDialRules.xml")
            .unwrap()
            .contains("PrefixWith=\"2\"")
    );
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
        assert!(
            matches!(result, Err(PublishError::Foreign(_))),
            "{result:?}"
        );
        assert_eq!(
            fs::read_to_string(folder.path().join(name)).unwrap(),
            "mine"
        );
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
    assert_eq!(
        result,
        Err(PublishError::ReadBack("not the same".to_owned()))
    );
    assert_eq!(seen(folder.path()), content(&one));
}
