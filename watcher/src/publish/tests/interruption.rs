//! A publisher that is killed before any of its operations: readers see the old or the new
//! generation, never a mixture, and the next publisher cleans up.

use std::path::Path;

use adr_language::Artifacts;

use super::fixture::{
    SIGNER, artifacts, assert_no_leftovers, content, folder, generation, publish, publish_on,
    publisher, visible,
};
use crate::publish::PublishError;
use crate::publish::disk::Disk;

/// Changes a folder, by operations of this disk.
type Change<'a> = &'a dyn Fn(&Path, &Disk) -> Result<(), PublishError>;

/// Interrupts `change` before its first operation, its second, and so on until it succeeds; returns
/// the number of operations.
///
/// `prepare` fills the folder before the change; `new` is its content after the change.
fn interrupt_everywhere(prepare: &dyn Fn(&Path), change: Change<'_>, new: &Artifacts) -> usize {
    let next = artifacts(77, false);
    for operations in 0.. {
        let folder = folder();
        prepare(folder.path());
        let old = visible(folder.path());
        let disk = Disk::failing_after(operations);
        let result = change(folder.path(), &disk);
        let found = visible(folder.path());
        assert!(found == old || found == content(new), "after {operations} operations");
        if result.is_ok() {
            assert_eq!(found, content(new), "reported as published after {operations} operations");
        }
        if !disk.has_failed() {
            return operations;
        }
        if matches!(result, Err(PublishError::NotDurable { .. })) {
            assert_eq!(found, content(new), "reported as current after {operations} operations");
        }
        // the next publisher removes what readers never saw, and uses its number again
        let before = generation(folder.path());
        publish(folder.path(), &next).unwrap();
        let after = generation(folder.path());
        assert_eq!(after, before + 1, "after {operations} operations");
        assert_eq!(visible(folder.path()), content(&next), "after {operations} operations");
        assert_no_leftovers(folder.path());
    }
    unreachable!("every change has a finite number of operations")
}

#[test]
fn interrupted_publisher_leaves_the_old_or_the_new_generation() {
    let publishing = |prepare: &dyn Fn(&Path), new: &Artifacts| {
        let change = |folder: &Path, disk: &Disk| publish_on(disk, folder, new).map(drop);
        interrupt_everywhere(prepare, &change, new)
    };
    let with = |generations: Vec<Artifacts>| {
        move |folder: &Path| {
            for generation in &generations {
                publish(folder, generation).unwrap();
            }
        }
    };
    let (plain, with_site) = (|prefix| artifacts(prefix, false), |prefix| artifacts(prefix, true));
    let mut operations = Vec::new();
    operations.push(publishing(&|_| {}, &with_site(2)));
    operations.push(publishing(&with(vec![plain(1)]), &with_site(2)));
    operations.push(publishing(&with(vec![with_site(1)]), &plain(2)));
    operations.push(publishing(&with(vec![with_site(1)]), &with_site(2)));
    // the oldest generation is removed
    let keeping = |folder: &Path, disk: &Disk| {
        let publisher = publisher(folder).keeping(2).on(disk);
        publisher.publish(&with_site(2), || Ok(())).map(drop)
    };
    let two = with(vec![plain(20), with_site(21)]);
    operations.push(interrupt_everywhere(&two, &keeping, &with_site(2)));

    let rolling_back = |to: Option<u64>, new: &Artifacts, before: Vec<Artifacts>| {
        let change =
            |folder: &Path, disk: &Disk| publisher(folder).on(disk).roll_back(to).map(drop);
        interrupt_everywhere(&with(before), &change, new)
    };
    operations.push(rolling_back(None, &with_site(1), vec![with_site(1), plain(2)]));
    operations.push(rolling_back(None, &plain(1), vec![plain(1), with_site(2)]));
    let three = vec![with_site(1), with_site(2), plain(3)];
    operations.push(rolling_back(Some(1), &with_site(1), three));

    let signing = |folder: &Path, disk: &Disk| {
        let publisher = publisher(folder).signing(Some(&SIGNER)).on(disk);
        publisher.publish(&with_site(2), || Ok(())).map(drop)
    };
    operations.push(interrupt_signing(&signing));
    let all: usize = operations.iter().sum();
    println!("{all} operations: {operations:?}");
    assert!(all >= 300, "only {all} operations: {operations:?}");
}

/// As [`interrupt_everywhere`], where the next publisher makes the same change: an unsigned
/// generation cannot follow a signed one.
fn interrupt_signing(change: Change<'_>) -> usize {
    for operations in 0.. {
        let folder = folder();
        publish(folder.path(), &artifacts(1, false)).unwrap();
        let old = visible(folder.path());
        let disk = Disk::failing_after(operations);
        let result = change(folder.path(), &disk);
        let found = visible(folder.path());
        let signature = folder.path().join("current/manifest.json.minisig");
        let is_signed = signature.exists();
        assert!(found == old || is_signed, "unsigned after {operations} operations");
        if !disk.has_failed() {
            assert!(result.is_ok() && is_signed);
            return operations;
        }
        change(folder.path(), &Disk::new()).unwrap();
        assert!(folder.path().join("manifest.json.minisig").exists());
        assert_no_leftovers(folder.path());
    }
    unreachable!("every change has a finite number of operations")
}
