//! What a node believes of a broker, and what is done while its current generation cannot be had.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use adr_bundle::signature::{PublicKey, new_keys};

use super::fixture::{
    SIGNER, artifacts, content, folder, generation, publish, publisher, read_current, visible,
};
use super::through::{node, publish_at, published};
use crate::publication::Publication;
use crate::publication::memory::MemoryPublication;
use crate::publish::{
    Annotation, Base, Commit, PublishError, SigningPolicy, history, kept_generations, seal,
};

/// The policy of a new key in a folder, and its public key.
fn keys(folder: &Path) -> (SigningPolicy, PublicKey) {
    let (secret, public) = new_keys().unwrap();
    let key_file = folder.join("key");
    fs::write(&key_file, secret).unwrap();
    (SigningPolicy { key_file, valid_for: None }, PublicKey::parse(&public).unwrap())
}

/// Replaces the bytes of the files of a generation that others do not have.
fn damage(link: &MemoryPublication, generation: u64) -> Vec<(String, Vec<u8>)> {
    let sealed = link.fetch(generation).unwrap();
    let own = sealed.files().filter(|(listed, _)| listed.path.contains("AppDialRules"));
    let files = own.map(|(listed, bytes)| (listed.sha256.clone(), bytes.to_vec()));
    let files: Vec<_> = files.collect();
    files.iter().for_each(|(sha256, _)| link.replace_file(sha256, b"<DialRules/>"));
    files
}

#[test]
fn record_is_the_one_that_was_signed() {
    let (one, two, key_folder) = (folder(), folder(), folder());
    let (policy, key) = keys(key_folder.path());
    let signer = policy.signer(7).unwrap();
    let here = MemoryPublication::new();
    let commit = Some(Commit { id: "1".repeat(40), modified: false });
    let annotation = Annotation { commit, ..Annotation::default() };
    let signed = node(one.path(), &here).signing(Some(&signer)).annotated(annotation);
    signed.publish(&artifacts(1, false), || Ok(())).unwrap();
    let bring = || node(two.path(), &here).trusting(Some(&key)).bring_up_to_date();
    let own = here.document(1).unwrap();
    for record in [own.record.replace("11", "22"), String::new()] {
        let mut forged = own.clone();
        forged.record = record;
        here.replace_document(1, Some(forged));
        let error = bring().unwrap_err();
        assert!(error.to_string().contains("its record is not the one"), "{error}");
    }
    here.replace_document(1, Some(own.clone()));
    bring().unwrap();
    assert_eq!(seal(two.path(), 1).unwrap().document(), &own);
}

/// Generations of a plain folder have a signature that says nothing about the record.
#[test]
fn record_that_is_not_signed_says_only_when_it_was_published() {
    let (above, two, key_folder) = (folder(), folder(), folder());
    let (policy, key) = keys(key_folder.path());
    let signer = policy.signer(7).unwrap();
    let here = MemoryPublication::new();
    let plain = above.path().join(here.folder_name().unwrap());
    let signed = publisher(&plain).signing(Some(&signer));
    for prefix in 1..=2 {
        signed.publish(&artifacts(prefix, false), || Ok(())).unwrap();
    }
    signed.roll_back(None).unwrap();
    here.publish(None, &seal(&plain, 3).unwrap()).unwrap();
    node(two.path(), &here).trusting(Some(&key)).bring_up_to_date().unwrap();
    let record = read_current(two.path(), "record.json").unwrap();
    assert_eq!(String::from_utf8(record).unwrap(), "{\"format_version\":2,\"published\":0}\n");
    // without a key, everything is believed
    let other = folder();
    node(other.path(), &here).bring_up_to_date().unwrap();
    assert_eq!(history(other.path()).unwrap()[0].blocked, [2]);
}

#[test]
fn hole_in_the_history_is_filled_when_it_can_be() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    for prefix in 1..=3 {
        publish_at(one.path(), &here, prefix).unwrap();
    }
    let files = damage(&here, 2);
    node(two.path(), &here).bring_up_to_date().unwrap();
    assert_eq!(kept_generations(two.path()).unwrap(), [1, 3]);
    files.iter().for_each(|(sha256, bytes)| here.replace_file(sha256, bytes));
    node(two.path(), &here).bring_up_to_date().unwrap();
    assert_eq!(kept_generations(two.path()).unwrap(), [1, 2, 3]);
    // also one of a folder that kept less before
    node(two.path(), &here).keeping(1).bring_up_to_date().unwrap();
    publish_at(one.path(), &here, 4).unwrap();
    node(two.path(), &here).keeping(1).bring_up_to_date().unwrap();
    assert_eq!(kept_generations(two.path()).unwrap(), [4]);
    node(two.path(), &here).keeping(3).bring_up_to_date().unwrap();
    assert_eq!(kept_generations(two.path()).unwrap(), [2, 3, 4]);
}

#[test]
fn files_that_the_folder_has_are_not_fetched() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    for prefix in [1, 2] {
        publish_at(one.path(), &here, prefix).unwrap();
    }
    node(two.path(), &here).bring_up_to_date().unwrap();
    publish_at(one.path(), &here, 1).unwrap();
    damage(&here, 3);
    node(two.path(), &here).bring_up_to_date().unwrap();
    assert_eq!(visible(two.path()), content(&artifacts(1, false)));
}

#[test]
fn rollback_from_a_generation_that_cannot_be_fetched_needs_a_number() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    for prefix in 1..=2 {
        publish_at(one.path(), &here, prefix).unwrap();
    }
    node(two.path(), &here).bring_up_to_date().unwrap();
    publish_at(one.path(), &here, 3).unwrap();
    damage(&here, 3);
    let new = folder();
    for folder in [two.path(), new.path()] {
        let error = node(folder, &here).roll_back(None).unwrap_err();
        assert!(error.to_string().contains("generation 3 is damaged"), "{error}");
    }
    let back = node(two.path(), &here).roll_back(Some(1)).unwrap();
    assert_eq!((back.published, back.to), (published(4, true), 1));
    // what was rolled back is blocked, and not what this folder had
    assert_eq!(history(two.path()).unwrap()[0].blocked, [3]);
    here.replace_current(Some(Base { generation: 5, sha256: "0".repeat(64) }));
    let back = node(new.path(), &here).roll_back(Some(4)).unwrap();
    assert_eq!(back.published, published(6, true));
    assert_eq!(visible(new.path()), content(&artifacts(1, false)));
}

#[test]
fn signed_sequence_stays_signed_without_its_current_generation() {
    let (one, new) = (folder(), folder());
    let here = MemoryPublication::new();
    let signed = node(one.path(), &here).signing(Some(&SIGNER));
    signed.publish(&artifacts(1, false), || Ok(())).unwrap();
    damage(&here, 1);
    let error = publish_at(new.path(), &here, 2).unwrap_err();
    assert!(matches!(error, PublishError::Unsigned(_)), "{error}");
    assert!(error.to_string().starts_with("memory: "), "{error}");
    assert_eq!(here.current().unwrap().unwrap().generation, 1);
}

/// A damaged file would be found first.
#[test]
fn files_of_a_generation_that_is_not_trusted_are_not_fetched() {
    let (one, two, other, key_folder) = (folder(), folder(), folder(), folder());
    let (policy, key) = keys(key_folder.path());
    let signer = policy.signer(7).unwrap();
    let here = MemoryPublication::new();
    publish_at(one.path(), &here, 1).unwrap();
    let signed = node(one.path(), &here).signing(Some(&signer));
    signed.publish(&artifacts(2, false), || Ok(())).unwrap();
    damage(&here, 1);
    let own = || node(two.path(), &here).trusting(Some(&key));
    own().bring_up_to_date().unwrap();
    assert_eq!(kept_generations(two.path()).unwrap(), [2]);
    let error = own().roll_back(Some(1)).unwrap_err();
    assert!(error.to_string().contains("it is not signed"), "{error}");
    for prefix in 3..=5 {
        publish(other.path(), &artifacts(prefix, false)).unwrap();
    }
    here.publish(here.current().unwrap().as_ref(), &seal(other.path(), 3).unwrap()).unwrap();
    damage(&here, 3);
    for publisher in [own(), node(two.path(), &here)] {
        let error = publisher.bring_up_to_date().unwrap_err();
        assert!(error.to_string().contains("it is not signed"), "{error}");
    }
}

/// Somebody who may write to the servers must not use up the numbers.
#[test]
fn number_that_cannot_be_verified_is_not_continued_if_it_is_far_ahead() {
    let (one, new) = (folder(), folder());
    let here = MemoryPublication::new();
    publish_at(one.path(), &here, 1).unwrap();
    let sha256 = "0".repeat(64);
    let publish = |folder: &Path, generation| {
        here.replace_current(Some(Base { generation, sha256: sha256.clone() }));
        publish_at(folder, &here, 2)
    };
    for (folder, generation) in [(&one, 1_000_002), (&new, 1_000_001), (&new, u64::MAX)] {
        let error = publish(folder.path(), generation).unwrap_err();
        assert!(error.to_string().contains("its number is more than 1000000 above"), "{error}");
    }
    let back = node(one.path(), &here).roll_back(Some(1));
    assert!(matches!(back, Err(PublishError::Untrusted { .. })), "{back:?}");
    assert_eq!(generation(one.path()), 1);
    assert_eq!(publish(one.path(), 1_000_001).unwrap(), published(1_000_002, true));
    // what can be verified may have any number
    assert_eq!(publish_at(new.path(), &here, 3).unwrap(), published(1_000_003, true));
}

#[test]
fn damaged_manifest_lets_nothing_older_or_unsigned_in() {
    let (one, two) = (folder(), folder());
    for prefix in 1..=3 {
        publish(one.path(), &artifacts(prefix, false)).unwrap();
    }
    for prefix in 1..=2 {
        let signed = publisher(two.path()).signing(Some(&SIGNER));
        signed.publish(&artifacts(prefix, false), || Ok(())).unwrap();
    }
    fs::remove_file(two.path().join("generations/2/manifest.json")).unwrap();
    let install = |from: &Path, generation| {
        publisher(two.path()).install(&seal(from, generation).unwrap()).unwrap_err()
    };
    let error = install(two.path(), 1);
    assert!(matches!(error, PublishError::Backwards { generation: 1, current: 2, .. }), "{error}");
    let error = install(one.path(), 3);
    assert!(error.to_string().contains("the one before is"), "{error}");
    // nor does a publisher
    let error = publish(two.path(), &artifacts(4, false)).unwrap_err();
    assert!(matches!(error, PublishError::Unsigned(_)), "{error}");
    // the folder of the generation is gone
    fs::remove_dir_all(two.path().join("generations/2")).unwrap();
    let error = install(one.path(), 3);
    assert!(error.to_string().contains("the one before is"), "{error}");
    assert_eq!(generation(two.path()), 0);
}

#[test]
fn publisher_pauses_while_the_publication_decides() {
    let one = folder();
    let here = MemoryPublication::new();
    let steps = RefCell::new(Vec::new());
    let (begins, pauses) =
        (|| steps.borrow_mut().push("begins"), || steps.borrow_mut().push("pauses"));
    let publisher = node(one.path(), &here).announcing(&begins).pausing(&pauses);
    publisher.publish(&artifacts(1, false), || Ok(())).unwrap();
    assert_eq!(*steps.borrow(), ["begins", "pauses", "begins"]);
}
