//! Signed generations.

use adr_bundle::signature::SignatureError;
use adr_bundle::{Manifest, SIGNATURE_FILE_NAME};

use super::fixture::{
    SIGNER, TestSigner, artifacts, assert_error, content, folder, publish, publisher, read_current,
    visible,
};
use crate::publish::{Annotation, Commit, PublishError, Published, RolledBack, history};

#[test]
fn unsigned_generation_never_follows_a_signed_one() {
    let folder = folder();
    let publish_signed = |prefix| {
        let publisher = publisher(folder.path()).signing(Some(&SIGNER));
        publisher.publish(&artifacts(prefix, false), || Ok(())).unwrap()
    };
    publish(folder.path(), &artifacts(1, false)).unwrap();
    assert_eq!(publish_signed(1).generation, 2, "the same content, with a signature");
    assert!(!publish_signed(1).changed);
    let signature = read_current(folder.path(), SIGNATURE_FILE_NAME).unwrap();
    let signature = String::from_utf8(signature).unwrap();
    let manifest = read_current(folder.path(), Manifest::FILE_NAME).unwrap();
    assert_eq!(signature, format!("2: {} bytes\n", manifest.len()));
    let unsigned = PublishError::Unsigned(folder.path().to_owned());
    assert_error(publish(folder.path(), &artifacts(2, false)), &unsigned);
    publish_signed(2);
    assert!(matches!(publisher(folder.path()).roll_back(None), Err(PublishError::Unsigned(_))));
    let back = publisher(folder.path()).signing(Some(&SIGNER)).roll_back(None).unwrap();
    let published = Published { generation: 4, changed: true };
    assert_eq!(back, RolledBack { published, to: 2 });
    let failing = TestSigner { can_sign: false, ..SIGNER };
    let result =
        publisher(folder.path()).signing(Some(&failing)).publish(&artifacts(9, false), || Ok(()));
    let locked = SignatureError::NotASecretKey;
    assert_error(result, &PublishError::Signing(locked));
    assert_eq!(visible(folder.path()), content(&artifacts(1, false)));
}

#[test]
fn signature_that_is_not_fresh_is_replaced() {
    let folder = folder();
    let publish = |signer: &TestSigner<'_>| {
        let publisher = publisher(folder.path()).signing(Some(signer));
        publisher.publish(&artifacts(1, false), || Ok(())).unwrap()
    };
    assert_eq!(publish(&SIGNER), Published { generation: 1, changed: true });
    let expired = TestSigner { is_fresh: false, ..SIGNER };
    assert_eq!(publish(&expired), Published { generation: 2, changed: true });
    assert_eq!(publish(&SIGNER), Published { generation: 2, changed: false });
}

#[test]
fn renewal_keeps_message_user_and_commit_of_its_content() {
    let folder = folder();
    let annotation = Annotation {
        message: Some("first".to_owned()),
        user: Some("alice".to_owned()),
        commit: Some(Commit { id: "1a2b".to_owned(), modified: true }),
    };
    let publish = |signer: &TestSigner<'_>, annotation: &Annotation| {
        let publisher = publisher(folder.path()).signing(Some(signer));
        let publisher = publisher.annotated(annotation.clone());
        publisher.publish(&artifacts(1, false), || Ok(())).unwrap();
    };
    publish(&SIGNER, &annotation);
    publish(&TestSigner { is_fresh: false, ..SIGNER }, &Annotation::default());
    let entries = history(folder.path()).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.generation).collect::<Vec<_>>(), [2, 1]);
    assert!(entries.iter().all(|entry| entry.annotation == annotation));
}
