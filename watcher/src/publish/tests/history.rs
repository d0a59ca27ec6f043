//! The generations that a folder keeps, and what `history` reports about them.

use std::fs;
use std::path::Path;

use adr_bundle::{Folder, Manifest};

use super::fixture::{artifacts, assert_error, folder, publish, publisher};
use crate::publish::{PublishError, Publisher, Rollback, history, published_by};

#[test]
fn history_lists_the_newest_generation_first() {
    let folder = folder();
    for (time, prefix) in [(100, 1), (50, 2), (300, 3)] {
        // a time that jumps back is recorded as it is
        let publisher = Publisher::new(folder.path(), "test", time);
        publisher.publish(&artifacts(prefix, prefix == 3), || Ok(())).unwrap();
    }
    publisher(folder.path()).roll_back(Some(2)).unwrap();
    let entries: Vec<_> = history(folder.path())
        .unwrap()
        .into_iter()
        .map(|entry| {
            assert_eq!(entry.damage, None);
            (entry.generation, entry.published, entry.views, entry.is_current, entry.rollback)
        })
        .collect();
    let rollback = Some(Rollback { from: 3, to: 2 });
    let expected = [
        (4, Some(0), 1, true, rollback),
        (3, Some(300), 2, false, None),
        (2, Some(50), 1, false, None),
        (1, Some(100), 1, false, None),
    ];
    assert_eq!(entries, expected);
}

/// Nodes with different versions of adrc publish the same manifest for the same rules. The version
/// is in the record, also after a rollback to a generation whose manifest has it.
#[test]
fn version_of_adrc_is_in_the_record_and_not_in_the_manifest() {
    let read = |folder: &Path| {
        let folder = Folder::current(folder).unwrap();
        let text = folder.read_manifest().unwrap();
        let tool = published_by(&folder, &Manifest::parse(&text).unwrap());
        (String::from_utf8(text).unwrap(), tool)
    };
    let [one, other] = ["1.0.0", "2.0.0"].map(|version| {
        let folder = folder();
        let publisher = Publisher::new(folder.path(), version, 0);
        publisher.publish(&artifacts(1, true), || Ok(())).unwrap();
        (read(folder.path()), folder)
    });
    assert_eq!(one.0.0, other.0.0);
    assert_eq!([one.0.1.as_deref(), other.0.1.as_deref()], [Some("1.0.0"), Some("2.0.0")]);
    // a manifest of a version that had it there
    let folder = one.1.path();
    let path = folder.join("generations/1/manifest.json");
    let mut old = Manifest::parse(one.0.0.as_bytes()).unwrap();
    old.tool = Some("0.0.9".to_owned());
    fs::write(&path, old.to_json()).unwrap();
    fs::remove_file(folder.join("generations/1/record.json")).unwrap();
    assert_eq!(read(folder), (old.to_json(), Some("0.0.9".to_owned())));
    let same = publish(folder, &artifacts(1, true)).unwrap();
    assert!(!same.changed, "the content is the same");
    publish(folder, &artifacts(2, true)).unwrap();
    publisher(folder).roll_back(Some(1)).unwrap();
    let (manifest, tool) = read(folder);
    assert!(!manifest.contains("tool"), "{manifest}");
    assert_eq!(tool.as_deref(), Some("test"));
}

#[test]
fn history_reports_damage_and_omits_generations_that_were_never_current() {
    let folder = folder();
    for prefix in 1..=3 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    let generations = folder.path().join("generations");
    fs::remove_file(generations.join("1/record.json")).unwrap();
    fs::remove_file(generations.join("1/CUPC/AppDialRules.xml")).unwrap();
    fs::write(generations.join("2/manifest.json"), "{").unwrap();
    fs::create_dir(generations.join("9")).unwrap();
    fs::create_dir(generations.join(".new-4")).unwrap();
    let entries = history(folder.path()).unwrap();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.generation).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert!(entries[0].damage.is_none() && entries[0].size > 0);
    assert!(entries[1].damage.as_deref().unwrap().contains("not a manifest"));
    assert!(entries[2].damage.as_deref().unwrap().contains("CUPC/AppDialRules.xml"));
    assert_eq!(entries[2].published, None);
}

#[test]
fn empty_folder_has_no_history_and_no_rollback() {
    let folder = folder();
    let nothing = PublishError::NothingPublished(folder.path().to_owned());
    assert_error(history(folder.path()), &nothing);
    assert_error(publisher(folder.path()).roll_back(None), &nothing);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
}

#[test]
fn publisher_keeps_the_requested_number_of_generations() {
    for keep in [0, 1, 2, 3] {
        let folder = folder();
        for prefix in 1..=5 {
            let publisher = publisher(folder.path()).keeping(keep);
            publisher.publish(&artifacts(prefix, false), || Ok(())).unwrap();
        }
        assert_eq!(history(folder.path()).unwrap().len(), keep.max(1));
    }
}
