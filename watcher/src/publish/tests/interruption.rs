//! A publisher that is killed before any of its operations: readers see the old or the new
//! generation, never a mixture, and the next publisher cleans up.

use std::path::Path;

use adr_bundle::SIGNATURE_FILE_NAME;
use adr_language::Artifacts;

use super::fixture::{
    SIGNER, artifacts, assert_error, assert_no_leftovers, content, folder, generation, publish,
    publish_by, publisher, read_current, switches, visible,
};
use crate::publish::disk::Disk;
use crate::publish::{PublishError, Publisher, Switch};

/// Changes a folder, as the publisher does.
type Change<'a> = &'a dyn Fn(Publisher<'_>) -> Result<(), PublishError>;

/// The forms of `current` before a change and after it.
type Forms = (Switch, Switch);

/// Interrupts `change` before its first operation, its second, and so on until it succeeds; returns
/// the number of operations.
///
/// `before` are the contents that are published before the change; `new` is its content after the
/// change.
fn interrupt_everywhere(
    forms: Forms,
    before: &[Artifacts],
    change: Change<'_>,
    new: &Artifacts,
) -> usize {
    let next = artifacts(77, false);
    for operations in 0.. {
        let folder = folder();
        for content in before {
            publish_by(forms.0, folder.path(), content).unwrap();
        }
        let old = visible(folder.path());
        let disk = Disk::failing_after(operations);
        let result = change(publisher(folder.path()).switching_by(forms.1).on(&disk));
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
        publish_by(forms.1, folder.path(), &next).unwrap();
        let after = generation(folder.path());
        assert_eq!(after, before + 1, "after {operations} operations");
        assert_eq!(visible(folder.path()), content(&next), "after {operations} operations");
        assert_no_leftovers(folder.path());
    }
    unreachable!("every change has a finite number of operations")
}

#[test]
fn canceled_publisher_leaves_the_current_generation() {
    let folder = folder();
    let (old, new) = (artifacts(1, false), artifacts(2, true));
    publish(folder.path(), &old).unwrap();
    let canceled = publisher(folder.path()).unless(&|| true).publish(&new, || Ok(()));
    assert_error(canceled, &PublishError::Canceled);
    assert_eq!(visible(folder.path()), content(&old));
    assert_no_leftovers(folder.path());
    let published = publisher(folder.path()).unless(&|| false).publish(&new, || Ok(()));
    assert_eq!(published.unwrap().generation, 2);
}

#[test]
fn interrupted_publisher_leaves_the_old_or_the_new_generation() {
    for before in switches() {
        for after in switches() {
            let forms = (*before, *after);
            let operations = interrupt_changes(forms);
            let all: usize = operations.iter().sum();
            println!("{forms:?}: {all} operations: {operations:?}");
            assert!(all >= 300, "{forms:?}: only {all} operations: {operations:?}");
        }
    }
}

/// Interrupts publishing, rolling back and signing; returns the numbers of operations.
fn interrupt_changes(forms: Forms) -> Vec<usize> {
    let (plain, with_site) = (|prefix| artifacts(prefix, false), |prefix| artifacts(prefix, true));
    let publishing = |before: &[Artifacts], new: &Artifacts| {
        let change = |publisher: Publisher<'_>| publisher.publish(new, || Ok(())).map(drop);
        interrupt_everywhere(forms, before, &change, new)
    };
    let rolling_back = |to: Option<u64>, before: &[Artifacts], new: &Artifacts| {
        let change = |publisher: Publisher<'_>| publisher.roll_back(to).map(drop);
        interrupt_everywhere(forms, before, &change, new)
    };
    // the oldest generation is removed
    let keeping =
        |publisher: Publisher<'_>| publisher.keeping(2).publish(&with_site(2), || Ok(())).map(drop);
    vec![
        publishing(&[], &with_site(2)),
        publishing(&[plain(1)], &with_site(2)),
        publishing(&[with_site(1)], &plain(2)),
        publishing(&[with_site(1)], &with_site(2)),
        interrupt_everywhere(forms, &[plain(20), with_site(21)], &keeping, &with_site(2)),
        rolling_back(None, &[with_site(1), plain(2)], &with_site(1)),
        rolling_back(None, &[plain(1), with_site(2)], &plain(1)),
        rolling_back(Some(1), &[with_site(1), with_site(2), plain(3)], &with_site(1)),
        // the same content in the form of another system
        publishing(&[with_site(2)], &with_site(2)),
        interrupt_signing(forms),
    ]
}

/// As [`interrupt_everywhere`], where the next publisher makes the same change: an unsigned
/// generation cannot follow a signed one.
fn interrupt_signing(forms: Forms) -> usize {
    let sign = |folder: &Path, disk: &Disk| {
        let publisher = publisher(folder).switching_by(forms.1).signing(Some(&SIGNER)).on(disk);
        publisher.publish(&artifacts(2, true), || Ok(())).map(drop)
    };
    for operations in 0.. {
        let folder = folder();
        publish_by(forms.0, folder.path(), &artifacts(1, false)).unwrap();
        let old = visible(folder.path());
        let disk = Disk::failing_after(operations);
        let result = sign(folder.path(), &disk);
        let found = visible(folder.path());
        let is_signed = || read_current(folder.path(), SIGNATURE_FILE_NAME).is_ok();
        assert!(found == old || is_signed(), "unsigned after {operations} operations");
        if !disk.has_failed() {
            assert!(result.is_ok() && is_signed());
            return operations;
        }
        sign(folder.path(), &Disk::new()).unwrap();
        assert!(is_signed());
        assert_no_leftovers(folder.path());
    }
    unreachable!("every change has a finite number of operations")
}
