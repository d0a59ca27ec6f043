//! Publishing through a publication: nodes agree, whatever is lost or damaged on the way.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use adr_language::Artifacts;

use super::fixture::{
    SIGNER, TestSigner, artifacts, assert_no_leftovers, content, folder, generation, publish,
    publisher, visible,
};
use crate::publication::Publication;
use crate::publication::memory::{Fault, MemoryPublication};
use crate::publish::{
    Base, PublishError, Published, Publisher, SourcesIdentity, history, kept_generations, seal,
};

/// A publisher of a node, at time 0.
pub(super) fn node<'p>(folder: &'p Path, link: &'p MemoryPublication) -> Publisher<'p> {
    publisher(folder).through(link)
}

pub(super) fn publish_at(
    folder: &Path,
    link: &MemoryPublication,
    prefix: usize,
) -> Result<Published, PublishError> {
    node(folder, link).publish(&artifacts(prefix, false), || Ok(()))
}

pub(super) fn published(generation: u64, changed: bool) -> Published {
    Published { generation, changed }
}

/// Asserts that a folder has the newest generations of a publication, byte for byte.
#[track_caller]
pub(super) fn assert_copy(folder: &Path, link: &MemoryPublication) {
    let current = link.current().unwrap().unwrap();
    assert_eq!(publisher(folder).base().unwrap(), Some(current));
    for generation in kept_generations(folder).unwrap() {
        let Ok(theirs) = link.fetch(generation) else { continue };
        assert_eq!(seal(folder, generation).unwrap(), theirs);
    }
    assert_no_leftovers(folder);
}

#[test]
fn nodes_publish_one_sequence_and_copy_each_other() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    let there = here.node();
    assert_eq!(node(two.path(), &there).bring_up_to_date().unwrap(), None);
    assert_eq!(publish_at(one.path(), &here, 1).unwrap(), published(1, true));
    assert_eq!(publish_at(two.path(), &there, 2).unwrap(), published(2, true));
    assert_eq!(publish_at(two.path(), &there, 2).unwrap(), published(2, false));
    assert_eq!(publish_at(one.path(), &here, 3).unwrap(), published(3, true));
    let current = node(two.path(), &there).bring_up_to_date().unwrap();
    assert_eq!(current, here.current().unwrap());
    for folder in [one.path(), two.path()] {
        assert_copy(folder, &here);
        assert_eq!(kept_generations(folder).unwrap(), [1, 2, 3]);
        assert_eq!(visible(folder), content(&artifacts(3, false)));
    }
}

#[test]
fn node_that_was_away_gets_the_newest_generations_it_keeps() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    publish_at(two.path(), &here, 1).unwrap();
    for prefix in 2..=20 {
        publish_at(one.path(), &here, prefix).unwrap();
    }
    let away = node(two.path(), &here).keeping(4);
    away.bring_up_to_date().unwrap();
    assert_eq!(kept_generations(two.path()).unwrap(), [17, 18, 19, 20]);
    assert_copy(two.path(), &here);
    assert_eq!(history(two.path()).unwrap().len(), 4);
}

/// Publishes at `one` while another node publishes between its look and its own publication.
fn publish_overtaken(
    (one, here): (&Path, &MemoryPublication),
    own: &Artifacts,
    overtake: &dyn Fn(),
) -> Result<Published, PublishError> {
    let publisher = node(one, here).announcing(overtake);
    publisher.publish(own, || Ok(()))
}

#[test]
fn overtaken_publisher_is_outdated_and_has_the_other_generation() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    publish_at(one.path(), &here, 1).unwrap();
    let other = |prefix| {
        let publisher = Publisher::new(two.path(), "other", 0).through(&here);
        publisher.publish(&artifacts(prefix, false), || Ok(())).unwrap();
    };
    let result = publish_overtaken((one.path(), &here), &artifacts(2, false), &|| other(3));
    let error = result.unwrap_err();
    assert!(matches!(error, PublishError::Outdated { expected: 1, found: 2, .. }), "{error}");
    assert!(error.is_conflict() && error.to_string().starts_with("memory: "), "{error}");
    assert_copy(one.path(), &here);
    // the other node published the same
    let result = publish_overtaken((one.path(), &here), &artifacts(4, false), &|| other(4));
    assert_eq!(result.unwrap(), published(3, false));
    assert_copy(one.path(), &here);
}

/// Every call of a publisher goes wrong once, in every way; then the next one succeeds.
#[test]
fn lost_calls_leave_folder_and_publication_that_agree() {
    for fault in [Fault::Unreachable, Fault::RequestLost, Fault::AnswerLost, Fault::Denied] {
        for calls in 0..20 {
            let (one, two) = (folder(), folder());
            let here = MemoryPublication::new();
            let there = here.node();
            publish_at(two.path(), &there, 1).unwrap();
            there.inject_after(calls, fault);
            let result = publish_at(two.path(), &there, 2);
            let current = here.current().unwrap().unwrap().generation;
            if result.is_ok() {
                assert_eq!((generation(two.path()), current), (2, 2), "{fault:?} {calls}");
            }
            assert_no_leftovers(two.path());
            // the rest of the faults is for the next call
            let there = here.node();
            let again = publish_at(two.path(), &there, 2).unwrap();
            assert_eq!(again.generation, 2, "{fault:?} {calls}");
            assert_copy(two.path(), &here);
            publish_at(one.path(), &here, 3).unwrap();
            assert_copy(one.path(), &here);
        }
    }
}

#[test]
fn lost_answer_to_an_accepted_generation_is_published() {
    let one = folder();
    let here = MemoryPublication::new();
    publish_at(one.path(), &here, 1).unwrap();
    // current, generations and document are asked before
    for calls in 0..5 {
        let link = here.node();
        link.inject_after(calls, Fault::AnswerLost);
        let before = here.current().unwrap().unwrap().generation;
        let result = publish_at(one.path(), &link, 10 + calls);
        if here.current().unwrap().unwrap().generation > before {
            assert_eq!(result.unwrap().generation, before + 1, "{calls}");
        } else {
            assert!(result.is_err(), "{calls}");
        }
    }
}

#[test]
fn folder_of_another_sequence_is_rejected() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    let bring = |folder: &Path| node(folder, &here).bring_up_to_date().unwrap_err();
    // the publication is empty, as after its bucket was deleted
    publish(one.path(), &artifacts(1, false)).unwrap();
    let error = bring(one.path());
    assert!(matches!(&error, PublishError::OtherSequence { current: None, .. }), "{error}");
    // another generation with the same number
    publish_at(two.path(), &here, 2).unwrap();
    let error = bring(one.path());
    let PublishError::OtherSequence { found, current, .. } = &error else { panic!("{error}") };
    assert_eq!((found.generation, current.as_ref().unwrap().generation), (1, 1));
    let text = error.to_string();
    assert!(text.contains(&found.sha256[..12]) && text.contains("cluster import"), "{text}");
    // the same, after more generations
    publish_at(two.path(), &here, 3).unwrap();
    assert!(matches!(bring(one.path()), PublishError::OtherSequence { .. }));
    // the folder is ahead
    for prefix in 2..=4 {
        publish(one.path(), &artifacts(prefix, false)).unwrap();
    }
    assert!(matches!(bring(one.path()), PublishError::OtherSequence { .. }));
    assert_eq!(visible(one.path()), content(&artifacts(4, false)));
    let result = publish_at(one.path(), &here, 9);
    assert!(matches!(result, Err(PublishError::OtherSequence { .. })), "{result:?}");
    assert_eq!(here.current().unwrap().unwrap().generation, 2);
}

#[test]
fn damage_in_the_publication_keeps_the_folder_and_is_replaced_by_a_person() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    publish_at(one.path(), &here, 1).unwrap();
    let old = visible(one.path());
    publish_at(two.path(), &here, 2).unwrap();
    let file = here.fetch(2).unwrap().manifest().files[0].clone();
    here.replace_file(&file.sha256, b"<DialRules/>");
    let error = node(one.path(), &here).bring_up_to_date().unwrap_err();
    assert!(error.to_string().contains("generation 2 is damaged"), "{error}");
    assert_eq!(visible(one.path()), old);
    // a process that publishes by itself leaves it to a person
    let sources = SourcesIdentity::new("one", &["plan.adr".into()]);
    let automatic = node(one.path(), &here).from_sources(sources);
    let result = automatic.publish(&artifacts(1, false), || Ok(()));
    assert!(matches!(result, Err(PublishError::Publication(_))), "{result:?}");
    assert_eq!(publish_at(one.path(), &here, 1).unwrap(), published(3, true));
    node(two.path(), &here).bring_up_to_date().unwrap();
    for folder in [one.path(), two.path()] {
        assert_eq!(visible(folder), content(&artifacts(1, false)));
        assert_eq!(generation(folder), 3);
    }
}

#[test]
fn current_generation_that_does_not_exist_or_is_another_is_damage() {
    let one = folder();
    let here = MemoryPublication::new();
    publish_at(one.path(), &here, 1).unwrap();
    let bring = || node(one.path(), &here).bring_up_to_date();
    here.replace_current(Some(Base { generation: 9, sha256: "0".repeat(64) }));
    assert!(matches!(bring(), Err(PublishError::Publication(_))));
    // an old document under the new number
    here.replace_document(9, Some(here.document(1).unwrap()));
    let error = bring().unwrap_err();
    assert!(error.to_string().contains("its manifest says generation 1"), "{error}");
    assert_eq!(generation(one.path()), 1);
}

#[test]
fn damaged_folder_is_repaired_with_the_same_number() {
    let one = folder();
    let here = MemoryPublication::new();
    publish_at(one.path(), &here, 1).unwrap();
    publish_at(one.path(), &here, 2).unwrap();
    for name in ["AppDialRules.xml", "manifest.json"] {
        let path = one.path().join("generations/2").join(name);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "{}").unwrap();
        assert_eq!(publish_at(one.path(), &here, 2).unwrap(), published(2, false), "{name}");
        assert_copy(one.path(), &here);
    }
    fs::remove_dir_all(one.path().join("generations/2")).unwrap();
    node(one.path(), &here).bring_up_to_date().unwrap();
    assert_copy(one.path(), &here);
}

#[test]
fn rollback_finds_a_generation_that_only_the_publication_keeps() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    for prefix in 1..=3 {
        publish_at(one.path(), &here, prefix).unwrap();
    }
    let back = node(two.path(), &here).keeping(1).roll_back(Some(1)).unwrap();
    assert_eq!((back.published, back.to), (published(4, true), 1));
    let result = node(two.path(), &here).roll_back(Some(99));
    assert!(matches!(result, Err(PublishError::NotKept { .. })), "{result:?}");
    node(one.path(), &here).bring_up_to_date().unwrap();
    assert_eq!(visible(one.path()), content(&artifacts(1, false)));
    // what the rollback blocks came along
    assert_eq!(history(one.path()).unwrap()[0].blocked, [3]);
    let blocked = node(one.path(), &here).honor_rollbacks();
    let result = blocked.publish(&artifacts(3, false), || Ok(()));
    assert!(matches!(result, Err(PublishError::BlockedByRollback { .. })), "{result:?}");
}

#[test]
fn one_of_two_nodes_renews_a_signature() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    let signed = node(one.path(), &here).signing(Some(&SIGNER));
    signed.publish(&artifacts(1, false), || Ok(())).unwrap();
    node(two.path(), &here).bring_up_to_date().unwrap();
    let first = |manifest: &[u8], text: &str| text.starts_with("1:") && !manifest.is_empty();
    let due = TestSigner { is_due: &first, ..SIGNER };
    let is_first = Cell::new(true);
    let overtake = || {
        // what the other node published is written as well
        if !is_first.replace(false) {
            return;
        }
        let other = Publisher::new(two.path(), "other", 0).through(&here);
        let renewed = other.signing(Some(&due)).renew().unwrap();
        assert_eq!(renewed, Some(published(2, true)));
    };
    let renewing = node(one.path(), &here).signing(Some(&due)).announcing(&overtake);
    assert_eq!(renewing.renew().unwrap(), Some(published(2, false)), "another node was first");
    assert_copy(one.path(), &here);
    assert_eq!(node(one.path(), &here).signing(Some(&due)).renew().unwrap(), None, "not due");
}

#[test]
fn publication_that_is_away_fails_a_publisher_and_not_its_check() {
    let one = folder();
    let here = MemoryPublication::new();
    publish_at(one.path(), &here, 1).unwrap();
    here.cut();
    node(one.path(), &here).check().unwrap();
    let error = publish_at(one.path(), &here, 2).unwrap_err();
    assert_eq!(error.to_string(), "memory does not answer: the connection is cut");
    assert!(!error.is_conflict());
    here.restore();
    here.inject(Fault::Denied);
    assert!(node(one.path(), &here).check().is_err());
    assert_eq!(visible(one.path()), content(&artifacts(1, false)));
}
