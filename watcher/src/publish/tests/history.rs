//! The generations that a folder keeps, and what `history` reports about them.

use std::fs;

use super::fixture::{artifacts, assert_error, folder, publish, publisher};
use crate::publish::{PublishError, Publisher, Rollback, history};

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
