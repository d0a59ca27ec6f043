//! Rolling back, and publishers that honor rollbacks.

use std::fs;
use std::path::Path;

use adr_language::Artifacts;

use super::fixture::{
    SIGNER, TestSigner, artifacts, assert_error, content, folder, publish, publisher, visible,
};
use crate::publish::{
    BlockedGenerations, PublishError, Published, Publisher, RolledBack, Signer,
    blocked_generations, content_sha256, history, recent_history,
};

fn rolled_back(generation: u64, changed: bool, to: u64) -> RolledBack {
    RolledBack { published: Published { generation, changed }, to }
}

#[test]
fn repeated_rollbacks_publish_older_content_as_new_generations() {
    let folder = folder();
    for prefix in 1..=3 {
        publish(folder.path(), &artifacts(prefix, true)).unwrap();
    }
    let back = |to| publisher(folder.path()).roll_back(to);
    assert_eq!(back(None).unwrap(), rolled_back(4, true, 2));
    assert_eq!(visible(folder.path()), content(&artifacts(2, true)));
    assert_eq!(back(None).unwrap(), rolled_back(5, true, 1));
    assert_eq!(visible(folder.path()), content(&artifacts(1, true)));
    assert!(matches!(back(None), Err(PublishError::NotKept { requested: None, .. })));
    assert_eq!(back(Some(3)).unwrap(), rolled_back(6, true, 3));
    assert_eq!(back(Some(3)).unwrap(), rolled_back(6, false, 3));
    assert!(matches!(back(Some(99)), Err(PublishError::NotKept { requested: Some(99), .. })));
}

#[test]
fn rollback_to_damaged_generation_is_rejected() {
    let folder = folder();
    for prefix in 1..=2 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    let file = folder.path().join("generations/1/AppDialRules.xml");
    fs::remove_file(&file).unwrap();
    fs::write(&file, "<DialRules/>").unwrap();
    let result = publisher(folder.path()).roll_back(Some(1));
    assert!(matches!(result, Err(PublishError::Damaged { .. })), "{result:?}");
    assert_eq!(visible(folder.path()), content(&artifacts(2, false)));
}

/// Publishes as a process does that publishes by itself.
fn publish_unless_blocked(
    folder: &Path,
    artifacts: &Artifacts,
    signer: Option<&dyn Signer>,
) -> Result<Published, PublishError> {
    publisher(folder).honor_rollbacks().signing(signer).publish(artifacts, || Ok(()))
}

fn is_blocked(result: &Result<Published, PublishError>) -> bool {
    matches!(result, Err(PublishError::BlockedByRollback { .. }))
}

#[test]
fn rolled_back_content_is_blocked_until_rules_change_or_a_person_publishes() {
    let folder = folder();
    let (one, two) = (artifacts(1, false), artifacts(2, false));
    publish(folder.path(), &one).unwrap();
    publish(folder.path(), &two).unwrap();
    publisher(folder.path()).roll_back(None).unwrap();
    let unless_blocked = |artifacts| publish_unless_blocked(folder.path(), artifacts, None);
    let blocked = PublishError::BlockedByRollback { generation: 2, current: 3 };
    assert_error(unless_blocked(&two), &blocked);
    assert_eq!(visible(folder.path()), content(&one));
    assert!(unless_blocked(&artifacts(5, false)).unwrap().changed, "the rules changed");
    publisher(folder.path()).roll_back(None).unwrap();
    assert!(publish(folder.path(), &artifacts(5, false)).unwrap().changed, "by a person");
}

#[test]
fn history_has_what_a_rollback_blocks_and_since_when() {
    let folder = folder();
    let blocked = || blocked_generations(&recent_history(folder.path(), 10).unwrap());
    for prefix in 1..=3 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    assert_eq!(blocked(), None);
    let at = |time| Publisher::new(folder.path(), "test", time).signing(Some(&SIGNER));
    let expect = |generations: &[u64], since| {
        let generations = generations.to_vec();
        assert_eq!(blocked(), Some(BlockedGenerations { generations, since: Some(since) }));
    };
    at(70).roll_back(None).unwrap();
    expect(&[3], 70);
    // a renewal does not change since when it is blocked
    let due = TestSigner { is_due: &|_, _| true, ..SIGNER };
    let renewed = Publisher::new(folder.path(), "test", 80).signing(Some(&due)).renew().unwrap();
    assert_eq!(renewed.unwrap().generation, 5);
    expect(&[3], 70);
    at(90).roll_back(None).unwrap();
    expect(&[3, 5], 90);
    // a person publishes again
    at(95).publish(&artifacts(7, false), || Ok(())).unwrap();
    assert_eq!(blocked(), None);
}

#[test]
fn content_is_known_as_blocked_until_a_person_publishes_it_again() {
    let folder = folder();
    for prefix in 1..=2 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    let check = |content: &str| publisher(folder.path()).check_rollback(content);
    let content_of = |generation| publisher(folder.path()).content_of(generation);
    let two = content_of(2).unwrap();
    assert_eq!(two, content_sha256(&artifacts(2, false)));
    check(&two).unwrap();
    publisher(folder.path()).roll_back(None).unwrap();
    let blocked = PublishError::BlockedByRollback { generation: 2, current: 3 };
    assert_eq!(check(&two).unwrap_err().to_string(), blocked.to_string());
    check(&content_of(1).unwrap()).unwrap();
    // the record of the rollback has the hash of a generation that is not kept
    fs::remove_dir_all(folder.path().join("generations/2")).unwrap();
    assert_eq!((content_of(2), content_of(9)), (Some(two.clone()), None));
    publish(folder.path(), &artifacts(2, false)).unwrap();
    check(&two).unwrap();
    let nothing = tempfile::tempdir().unwrap();
    let error = publisher(nothing.path()).check_rollback(&two).unwrap_err();
    assert!(matches!(error, PublishError::NothingPublished(_)), "{error}");
}

#[test]
fn recent_history_is_bounded_and_does_not_read_files() {
    let folder = folder();
    for prefix in 1..=3 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    fs::remove_file(folder.path().join("generations/2/AppDialRules.xml")).unwrap();
    let recent = recent_history(folder.path(), 2).unwrap();
    let numbers: Vec<_> = recent.iter().map(|entry| (entry.generation, &entry.damage)).collect();
    assert_eq!(numbers, [(3, &None), (2, &None)]);
    assert!(history(folder.path()).unwrap()[1].damage.is_some());
}

#[test]
fn repeated_rollbacks_block_all_rolled_back_content() {
    let folder = folder();
    for prefix in 1..=3 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    let unless_blocked =
        |prefix| publish_unless_blocked(folder.path(), &artifacts(prefix, false), None);
    let back = |to| publisher(folder.path()).roll_back(to).unwrap();
    assert_eq!(back(None), rolled_back(4, true, 2));
    assert_eq!(back(None), rolled_back(5, true, 1));
    let blocked = |generation| PublishError::BlockedByRollback { generation, current: 5 };
    assert_error(unless_blocked(3), &blocked(3));
    assert_error(unless_blocked(2), &blocked(4));
    assert!(!unless_blocked(1).unwrap().changed, "this content is current");
    // a rollback to blocked content unblocks it, and leaves the others blocked
    assert_eq!(back(Some(3)), rolled_back(6, true, 3));
    assert!(!unless_blocked(3).unwrap().changed);
    assert!(is_blocked(&unless_blocked(1)) && is_blocked(&unless_blocked(2)));
    assert!(unless_blocked(7).unwrap().changed, "a change unblocks all");
    assert!(unless_blocked(1).unwrap().changed);
}

#[test]
fn renewed_rollback_remains_a_rollback() {
    let folder = folder();
    let unless_blocked =
        |prefix| publish_unless_blocked(folder.path(), &artifacts(prefix, false), Some(&SIGNER));
    publish(folder.path(), &artifacts(1, false)).unwrap();
    publish(folder.path(), &artifacts(2, false)).unwrap();
    let back = |to| publisher(folder.path()).signing(Some(&SIGNER)).roll_back(to).unwrap();
    assert_eq!(back(None), rolled_back(3, true, 1));
    fs::remove_file(folder.path().join("generations/3/manifest.json.minisig")).unwrap();
    assert_eq!(back(Some(1)), rolled_back(4, true, 1), "signed again");
    assert!(is_blocked(&unless_blocked(2)));
    fs::remove_file(folder.path().join("generations/4/manifest.json.minisig")).unwrap();
    let same = unless_blocked(1).unwrap();
    assert_eq!((same.generation, same.changed), (5, true), "signed again");
    assert!(is_blocked(&unless_blocked(2)));
    fs::remove_file(folder.path().join("generations/5/AppDialRules.xml")).unwrap();
    assert_eq!(unless_blocked(1).unwrap().generation, 6, "repaired");
    assert!(is_blocked(&unless_blocked(2)));
    let newest = history(folder.path()).unwrap().remove(0);
    assert_eq!(newest.rollback.unwrap().to, 1);
}

#[test]
fn signature_renewal_keeps_older_content_and_the_rollback() {
    fn keeping_four<'p>(folder: &'p Path, signer: Option<&'p dyn Signer>) -> Publisher<'p> {
        publisher(folder).keeping(4).signing(signer)
    }
    let folder = folder();
    let always_due = TestSigner { is_due: &|_, _| true, ..SIGNER };
    assert_eq!(
        keeping_four(folder.path(), Some(&always_due)).renew().unwrap(),
        None,
        "nothing is published"
    );
    for prefix in 1..=3 {
        let published = keeping_four(folder.path(), Some(&SIGNER))
            .publish(&artifacts(prefix, false), || Ok(()));
        assert!(published.unwrap().changed);
    }
    assert_eq!(keeping_four(folder.path(), Some(&SIGNER)).renew().unwrap(), None, "it is not due");
    keeping_four(folder.path(), Some(&SIGNER)).roll_back(None).unwrap();
    for generation in 5..20 {
        let is_due = |manifest: &[u8], signature: &str| {
            let expected = format!("{}: {} bytes\n", generation - 1, manifest.len());
            assert_eq!(signature, expected);
            !manifest.is_empty()
        };
        let signer = TestSigner { is_due: &is_due, ..SIGNER };
        let renewed = Published { generation, changed: true };
        assert_eq!(keeping_four(folder.path(), Some(&signer)).renew().unwrap(), Some(renewed));
        assert_eq!(visible(folder.path()), content(&artifacts(2, false)));
        let three = artifacts(3, false);
        assert!(is_blocked(&publish_unless_blocked(folder.path(), &three, Some(&SIGNER))));
    }
    let entries = history(folder.path()).unwrap();
    let renewals = entries.iter().map(|entry| (entry.generation, entry.renewal_of));
    let expected = [(19, Some(4)), (4, None), (3, None), (2, None)];
    assert_eq!(renewals.collect::<Vec<_>>(), expected);
    assert_eq!(keeping_four(folder.path(), None).renew().unwrap(), None, "there is no signer");
}

#[test]
fn rolled_back_content_is_blocked_when_its_generation_is_not_kept() {
    let folder = folder();
    for prefix in 1..=2 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    let back = publisher(folder.path()).keeping(1).roll_back(None);
    assert_eq!(back.unwrap(), rolled_back(3, true, 1));
    assert_eq!(history(folder.path()).unwrap().len(), 1);
    assert!(is_blocked(&publish_unless_blocked(folder.path(), &artifacts(2, false), None)));
}

#[test]
fn record_without_blocked_content_blocks_the_generation_rolled_back_from() {
    let folder = folder();
    for prefix in 1..=2 {
        publish(folder.path(), &artifacts(prefix, false)).unwrap();
    }
    publisher(folder.path()).roll_back(None).unwrap();
    let record = r#"{"format_version":1,"published":0,"rollback":{"from":2,"to":1}}"#;
    fs::write(folder.path().join("generations/3/record.json"), record).unwrap();
    let unless_blocked =
        |prefix| publish_unless_blocked(folder.path(), &artifacts(prefix, false), None);
    assert!(is_blocked(&unless_blocked(2)));
    assert!(unless_blocked(3).unwrap().changed);
}
