//! The running rules under another identity.

use adr_bundle::Manifest;
use adr_client::answer::Answer;
use adr_client::verify::{ManifestVerdict, Policy, verify_manifest};

use super::{Answers, NOW, accepted, manifest, new_key_pair, policy, sign, signed, valid};

/// A node with the same rules under another identity is followed. What runs keeps its number and
/// its signature, whatever the other manifest has.
#[test]
fn same_rules_under_another_identity_replace_nothing() {
    let (key, public) = new_key_pair();
    let (other_key, _) = new_key_pair();
    let rules = b"<DialRules/>";
    let running = accepted(&signed(7, &key, Some(NOW + 1)), policy(None, Some(&public))).unwrap();
    let compared = policy(Some(&running), Some(&public));
    let without_files = Policy { compare_files: false, ..compared };
    for (generation, tool) in [(6, None), (1, Some("0.1.0")), (7, Some("0.1.0"))] {
        let mut manifest = Manifest::parse(&manifest(generation, rules, rules)).unwrap();
        manifest.tool = tool.map(str::to_owned);
        let manifest = Answer::bytes(manifest.to_json().as_bytes());
        let other = Answers { manifest, ..valid(generation, rules, rules) };
        let verdict = |key, expires| {
            let other = sign(9, other.clone(), generation, key, Some(expires));
            assert_eq!(accepted(&other, compared), None);
            verify_manifest(&other.manifest, &other.signature, without_files)
        };
        let same = verdict(&key, NOW + 1_000);
        let ManifestVerdict::SameRules(identity) = same else { panic!("{same:?}") };
        assert_eq!(identity.generation, generation);
        // the signature counts nevertheless
        for (rejected, reason) in
            [(verdict(&other_key, NOW + 1_000), "bad-signature"), (verdict(&key, NOW), "expired")]
        {
            let ManifestVerdict::Reject(rejection) = rejected else { panic!("{rejected:?}") };
            assert_eq!(rejection.reason().word(), reason);
        }
    }
}
