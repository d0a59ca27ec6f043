//! Generations of other folders are installed as they are, or not at all.

use std::path::PathBuf;

use adr_bundle::signature::{PublicKey, new_keys};

use super::fixture::{artifacts, content, folder, generation, publish, publisher, visible};
use super::through::node;
use crate::publication::Publication;
use crate::publication::memory::MemoryPublication;
use crate::publish::{PublishError, Published, Signer, SigningPolicy, seal};

#[test]
fn installed_generations_never_go_back() {
    let (one, two) = (folder(), folder());
    for prefix in 1..=3 {
        publish(one.path(), &artifacts(prefix, false)).unwrap();
    }
    let install =
        |generation| publisher(two.path()).install(&seal(one.path(), generation).unwrap());
    assert_eq!(install(2).unwrap(), Published { generation: 2, changed: true });
    assert_eq!(install(2).unwrap(), Published { generation: 2, changed: false });
    let error = install(1).unwrap_err();
    assert!(matches!(error, PublishError::Backwards { generation: 1, current: 2, .. }), "{error}");
    assert_eq!(install(3).unwrap(), Published { generation: 3, changed: true });
    assert_eq!(seal(one.path(), 3).unwrap(), seal(two.path(), 3).unwrap());
    // the same number with other content
    let other = folder();
    for prefix in 4..=6 {
        publish(other.path(), &artifacts(prefix, false)).unwrap();
    }
    let error = publisher(two.path()).install(&seal(other.path(), 3).unwrap()).unwrap_err();
    assert!(matches!(error, PublishError::OtherSequence { .. }), "{error}");
    assert_eq!(visible(two.path()), content(&artifacts(3, false)));
}

/// A key pair: the policy of its file, and the public key.
fn keys(folder: &std::path::Path, name: &str) -> (SigningPolicy, PublicKey) {
    let (secret, public) = new_keys().unwrap();
    let key_file: PathBuf = folder.join(name);
    std::fs::write(&key_file, secret).unwrap();
    (SigningPolicy { key_file, valid_for: None }, PublicKey::parse(&public).unwrap())
}

#[test]
fn node_installs_only_what_is_signed_with_the_trusted_key_for_its_publication() {
    let (one, two, key_folder) = (folder(), folder(), folder());
    let (policy, key) = keys(key_folder.path(), "own");
    let (foreign, _) = keys(key_folder.path(), "foreign");
    let here = MemoryPublication::new();
    let publish = |prefix, signer: Option<&dyn Signer>| {
        let publisher = node(one.path(), &here).signing(signer);
        publisher.publish(&artifacts(prefix, false), || Ok(())).unwrap()
    };
    let bring = || node(two.path(), &here).trusting(Some(&key)).bring_up_to_date();
    let assert_untrusted = |reason: &str| {
        let error = bring().unwrap_err();
        assert!(matches!(error, PublishError::Untrusted { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    };
    publish(1, None);
    assert_untrusted("it is not signed");
    publish(2, Some(&foreign.signer(1).unwrap()));
    assert_untrusted("key");
    publish(3, Some(&policy.signer(1).unwrap()));
    bring().unwrap();
    assert_eq!(generation(two.path()), 3);
    // signed with the right key for another folder
    let other = folder();
    let signer = policy.signer(1).unwrap();
    for prefix in 1..=4 {
        let publisher = publisher(other.path()).signing(Some(&signer));
        publisher.publish(&artifacts(prefix, true), || Ok(())).unwrap();
    }
    let sealed = seal(other.path(), 4).unwrap();
    here.publish(here.current().unwrap().as_ref(), &sealed).unwrap();
    assert_untrusted("another folder");
    // without a key, a signed sequence stays signed
    let unsigned = folder();
    for prefix in 1..=5 {
        super::fixture::publish(unsigned.path(), &artifacts(prefix, true)).unwrap();
    }
    here.publish(Some(&sealed.base()), &seal(unsigned.path(), 5).unwrap()).unwrap();
    let error = node(two.path(), &here).bring_up_to_date().unwrap_err();
    assert!(error.to_string().contains("the one before is"), "{error}");
    assert_eq!(visible(two.path()), content(&artifacts(3, false)));
    // the next signed generation ends it
    publish(7, Some(&signer));
    bring().unwrap();
    assert_eq!(visible(two.path()), content(&artifacts(7, false)));
}
