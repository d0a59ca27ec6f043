//! Verification of any candidate: an accepted snapshot matches its manifest, softphones read it,
//! and it is not older than the running one.

mod identity;

use adr_bundle::signature::{PublicKey, SigningKey, Statement, new_keys};
use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView};
use adr_client::answer::{Answer, FetchError};
use adr_client::snapshot::{APPLICATION, LOOKUP, RuleSnapshot};
use adr_client::verify::{
    Candidate, FilesVerdict, ManifestVerdict, Policy, verify_files, verify_manifest,
};
use adr_engine::xml::read_as_client;
use proptest::prelude::*;

const NOW: u64 = 1_000;

/// The answers of a server to the requests for the four files.
#[derive(Clone, Debug)]
struct Answers {
    manifest: Answer,
    signature: Answer,
    application: Answer,
    lookup: Answer,
}

fn manifest(generation: u64, application: &[u8], lookup: &[u8]) -> Vec<u8> {
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        generation,
        tool: None,
        views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
        files: vec![ManifestFile::of(APPLICATION, application), ManifestFile::of(LOOKUP, lookup)],
    };
    manifest.to_json().into_bytes()
}

fn policy<'p>(running: Option<&'p RuleSnapshot>, key: Option<&'p PublicKey>) -> Policy<'p> {
    Policy { server: "http://h/", running, key, folder: None, now: NOW, compare_files: true }
}

/// Both steps; the snapshot if it is accepted.
fn accepted(answers: &Answers, policy: Policy<'_>) -> Option<RuleSnapshot> {
    let candidate = match verify_manifest(&answers.manifest, &answers.signature, policy) {
        ManifestVerdict::Fetch(candidate) => Some(candidate),
        ManifestVerdict::NoManifest => None,
        _ => return None,
    };
    match verify_files(candidate.as_ref(), &answers.application, &answers.lookup, policy) {
        FilesVerdict::Accept(snapshot) => Some(snapshot),
        _ => None,
    }
}

fn valid(generation: u64, application: &[u8], lookup: &[u8]) -> Answers {
    Answers {
        manifest: Answer::bytes(&manifest(generation, application, lookup)),
        signature: Answer::Missing,
        application: Answer::bytes(application),
        lookup: Answer::bytes(lookup),
    }
}

/// Generation 5, without rules.
fn running() -> RuleSnapshot {
    accepted(&valid(5, b"<DialRules/>", b"<DialRules/>"), policy(None, None)).unwrap()
}

fn new_key_pair() -> (SigningKey, PublicKey) {
    let (secret, public) = new_keys().unwrap();
    let key = SigningKey::parse(&secret).unwrap();
    (key, PublicKey::parse(&public).unwrap())
}

/// A generation with its signature.
fn signed(generation: u64, key: &SigningKey, expires: Option<u64>) -> Answers {
    signed_at(1, generation, key, expires)
}

/// A generation with a signature of this time.
fn signed_at(timestamp: u64, generation: u64, key: &SigningKey, expires: Option<u64>) -> Answers {
    sign(timestamp, valid(generation, b"<DialRules/>", b"<DialRules/>"), generation, key, expires)
}

fn sign(
    timestamp: u64,
    mut answers: Answers,
    generation: u64,
    key: &SigningKey,
    expires: Option<u64>,
) -> Answers {
    let Answer::Bytes(bytes) = &answers.manifest else { panic!("no manifest") };
    let statement =
        Statement { timestamp, generation: Some(generation), expires, ..Statement::default() };
    let signature = key.sign(bytes, &statement).unwrap();
    answers.signature = Answer::bytes(signature.as_bytes());
    answers
}

/// Seconds since 1970 by a clock that may be wrong.
fn clock() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0..2 * NOW, Just(NOW), Just(u64::MAX)]
}

/// A candidate with a second view for a site, which has an empty application file and this lookup
/// file.
fn with_site(lookup: &[u8]) -> Candidate {
    let mut manifest = Manifest::parse(&manifest(6, b"<DialRules/>", b"<DialRules/>")).unwrap();
    manifest.views.push(ManifestView {
        name: Some("Dallas".into()),
        folder: "dallas/".into(),
        networks: vec!["10.20.0.0/16".parse().unwrap()],
    });
    for (path, bytes) in [(APPLICATION, &b""[..]), (LOOKUP, lookup)] {
        let path = format!("dallas/{path}");
        manifest.files.push(ManifestFile::of(&path, bytes));
    }
    let answer = Answer::bytes(manifest.to_json().as_bytes());
    match verify_manifest(&answer, &Answer::Missing, policy(None, None)) {
        ManifestVerdict::Fetch(candidate) => candidate,
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn file_is_unchanged_only_if_every_view_has_it() {
    let running = running();
    let same = with_site(b"<DialRules/>");
    assert_eq!(same.unchanged_file(LOOKUP, &running).unwrap().as_slice(), b"<DialRules/>");
    assert_eq!(same.unchanged_file(APPLICATION, &running), None);
    assert_eq!(with_site(b"<DialRules></DialRules>").unchanged_file(LOOKUP, &running), None);
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let rule = "<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' PrefixWith='9'/></DialRules>";
    prop_oneof![
        Just(b"<DialRules/>".to_vec()),
        Just(rule.as_bytes().to_vec()),
        Just(rule.as_bytes()[..40].to_vec()),
        Just(b"<html><body>404</body></html>".to_vec()),
        Just(Vec::new()),
        (1_u64..10).prop_map(|generation| manifest(generation, b"<DialRules/>", b"<DialRules/>")),
        (1_u64..10).prop_map(move |generation| manifest(
            generation,
            rule.as_bytes(),
            b"<DialRules/>"
        )),
        prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        8 => bytes().prop_map(|bytes| Answer::bytes(&bytes)),
        1 => Just(Answer::Missing),
        1 => Just(()).prop_map(|()| Answer::failed(FetchError::NoAddress)),
    ]
}

fn answers() -> impl Strategy<Value = Answers> {
    (answer(), answer(), answer(), answer()).prop_map(
        |(manifest, signature, application, lookup)| Answers {
            manifest,
            signature,
            application,
            lookup,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A core that runs generation 5 accepts nothing older, and no files that the manifest does not
    /// name.
    #[test]
    fn any_answers_never_lead_to_an_older_generation(answers in answers()) {
        let running = running();
        if let Some(snapshot) = accepted(&answers, policy(Some(&running), None)) {
            prop_assert!(snapshot.generation().unwrap() >= 5);
            prop_assert!(!snapshot.has_same_files(&running) || snapshot.generation() != running.generation());
            let (Answer::Bytes(application), Answer::Bytes(lookup)) = (&answers.application, &answers.lookup) else {
                panic!("accepted without files");
            };
            let Answer::Bytes(text) = &answers.manifest else { panic!("accepted without a manifest") };
            let named = Manifest::parse(text).unwrap();
            prop_assert!(named.files.contains(&ManifestFile::of(APPLICATION, application)));
            prop_assert!(named.files.contains(&ManifestFile::of(LOOKUP, lookup)));
        }
    }

    /// After any sequence of candidates, softphones read what was accepted.
    #[test]
    fn accepted_files_are_read_by_softphones(candidates in prop::collection::vec(answers(), 1..6)) {
        let mut running: Option<RuleSnapshot> = None;
        for answers in candidates {
            let before = running.as_ref().and_then(RuleSnapshot::generation);
            if let Some(snapshot) = accepted(&answers, policy(running.as_ref(), None)) {
                let Answer::Bytes(application) = &answers.application else { panic!("no rules") };
                prop_assert!(read_as_client(application).error.is_none());
                if let Answer::Bytes(lookup) = &answers.lookup {
                    prop_assert!(read_as_client(lookup).error.is_none());
                }
                prop_assert!(snapshot.generation() >= before, "{before:?} became {:?}", snapshot.generation());
                running = Some(snapshot);
            }
        }
    }

    /// With a pinned key, candidates without its signature are rejected.
    #[test]
    fn unsigned_candidate_is_rejected_with_a_pinned_key(answers in answers()) {
        let (_, public) = new_keys().unwrap();
        let key = PublicKey::parse(&public).unwrap();
        prop_assert_eq!(accepted(&answers, policy(None, Some(&key))), None);
    }

    /// A changed bit anywhere in the signed files is rejected.
    #[test]
    fn changed_bit_is_rejected(at in any::<prop::sample::Index>(), which in 0..3_usize, bit in 0..8_u8) {
        let (secret, public) = new_keys().unwrap();
        let key = PublicKey::parse(&public).unwrap();
        let mut files = [manifest(6, b"<DialRules/>", b"<DialRules />"), b"<DialRules/>".to_vec(), b"<DialRules />".to_vec()];
        let statement = Statement { timestamp: 1, generation: Some(6), expires: Some(NOW + 1), ..Statement::default() };
        let signature = SigningKey::parse(&secret).unwrap().sign(&files[0], &statement).unwrap();
        let answers_of = |files: &[Vec<u8>; 3]| Answers {
            manifest: Answer::bytes(&files[0]),
            signature: Answer::bytes(signature.as_bytes()),
            application: Answer::bytes(&files[1]),
            lookup: Answer::bytes(&files[2]),
        };
        let running = running();
        prop_assert!(accepted(&answers_of(&files), policy(Some(&running), Some(&key))).is_some());
        let at = at.index(files[which].len());
        files[which][at] ^= 1 << bit;
        prop_assert_eq!(accepted(&answers_of(&files), policy(Some(&running), Some(&key))), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// With any clock, an accepted generation has not expired by that clock, and is never older
    /// than the running one.
    #[test]
    fn wrong_clock_never_leads_to_an_older_generation(
        candidates in prop::collection::vec((1_u64..6, prop::option::of(0..2 * NOW), clock()), 1..12),
    ) {
        let (key, public) = new_key_pair();
        let mut running: Option<RuleSnapshot> = None;
        for (generation, expires, now) in candidates {
            let policy = Policy { now, ..policy(running.as_ref(), Some(&public)) };
            let before = running.as_ref().and_then(RuleSnapshot::generation);
            let Some(snapshot) = accepted(&signed(generation, &key, expires), policy) else { continue };
            prop_assert!(snapshot.generation() > before, "{before:?} became {:?}", snapshot.generation());
            prop_assert!(expires.is_none_or(|expires| expires > now));
            running = Some(snapshot);
        }
    }
}

#[test]
fn running_generation_is_unchanged_unless_files_are_compared() {
    let running = running();
    let Answers { manifest, signature, application, lookup } =
        valid(5, b"<DialRules/>", b"<DialRules/>");
    let policy = policy(Some(&running), None);
    let without_files = Policy { compare_files: false, ..policy };
    let verdict = verify_manifest(&manifest, &signature, without_files);
    assert!(matches!(verdict, ManifestVerdict::Unchanged), "{verdict:?}");
    let ManifestVerdict::Fetch(candidate) = verify_manifest(&manifest, &signature, policy) else {
        panic!("files are not compared");
    };
    let verdict = verify_files(Some(&candidate), &application, &lookup, policy);
    assert!(matches!(verdict, FilesVerdict::Unchanged), "{verdict:?}");
}

#[test]
fn signature_is_expired_at_its_moment_of_expiry() {
    let (key, public) = new_key_pair();
    let verdict =
        |expires| accepted(&signed(6, &key, expires), policy(None, Some(&public))).is_some();
    assert!(verdict(None) && verdict(Some(NOW + 1)));
    assert!(!verdict(Some(NOW)) && !verdict(Some(0)));
}

/// Setting the clock back makes an expired signature valid again, but its generation is still the
/// older one.
#[test]
fn clock_that_is_set_back_does_not_lead_to_an_older_generation() {
    let (key, public) = new_key_pair();
    let at = |running, now| Policy { now, ..policy(running, Some(&public)) };
    let old = valid(6, b"<DialRules></DialRules>", b"<DialRules/>");
    let old = sign(1, old, 6, &key, Some(NOW));
    let new = signed(7, &key, Some(NOW + 1_000));
    let running = accepted(&new, at(None, NOW)).unwrap();
    for now in [0, 1, NOW - 1] {
        let verdict = verify_manifest(&old.manifest, &old.signature, at(Some(&running), now));
        let ManifestVerdict::Reject(rejection) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(rejection.reason().word(), "older");
        // the running generation is unchanged, and a later one is accepted
        assert_eq!(accepted(&new, at(Some(&running), now)), None);
        let next = signed(8, &key, Some(NOW));
        assert!(accepted(&next, at(Some(&running), now)).is_some());
    }
}

/// One key signs several folders: a server of one of them cannot offer the rules of another.
#[test]
fn signature_for_another_folder_is_rejected() {
    let (key, public) = new_key_pair();
    let of_folder = |folder: Option<&str>| {
        let mut answers = valid(6, b"<DialRules/>", b"<DialRules/>");
        let Answer::Bytes(bytes) = &answers.manifest else { panic!("no manifest") };
        let folder = folder.map(str::to_owned);
        let statement = Statement { generation: Some(6), folder, ..Statement::default() };
        answers.signature = Answer::bytes(key.sign(bytes, &statement).unwrap().as_bytes());
        answers
    };
    let pinned = Policy { folder: Some("production"), ..policy(None, Some(&public)) };
    assert!(accepted(&of_folder(Some("production")), pinned).is_some());
    for (folder, told) in [(Some("test"), "the folder `test`"), (None, "no folder")] {
        let answers = of_folder(folder);
        let verdict = verify_manifest(&answers.manifest, &answers.signature, pinned);
        let ManifestVerdict::Reject(rejection) = verdict else { panic!("{verdict:?}") };
        assert_eq!(rejection.reason().word(), "bad-signature");
        assert!(rejection.to_string().contains(told), "{rejection}");
        assert!(accepted(&answers, policy(None, Some(&public))).is_some(), "nothing is pinned");
    }
}

/// Bytes that nobody signed do not reach the parser.
#[test]
fn signature_is_verified_before_the_manifest_is_parsed() {
    let (_, public) = new_key_pair();
    let manifest = Answer::bytes(b"{\"format_version\": 1, nonsense");
    let verdict = verify_manifest(&manifest, &Answer::Missing, policy(None, Some(&public)));
    let ManifestVerdict::Reject(rejection) = verdict else { panic!("{verdict:?}") };
    assert_eq!(rejection.reason().word(), "bad-signature", "{rejection}");
}

/// Without it, a core would say that nobody renews the signature.
#[test]
fn renewed_signature_of_the_running_manifest_is_accepted_and_an_older_one_never() {
    let (key, public) = new_key_pair();
    let first = accepted(&signed_at(10, 6, &key, Some(2_000)), policy(None, Some(&public)));
    let renewed = signed_at(11, 6, &key, Some(3_000));
    for compare_files in [false, true] {
        let at = |running| Policy { compare_files, ..policy(running, Some(&public)) };
        let running = accepted(&renewed, at(first.as_ref())).unwrap();
        assert_eq!((running.generation(), running.expires()), (Some(6), Some(3_000)));
        for timestamp in [0, 10, 11] {
            let older = signed_at(timestamp, 6, &key, Some(4_000));
            assert_eq!(accepted(&older, at(Some(&running))), None, "signed at {timestamp}");
        }
    }
}

/// A server that has not got the renewed signature yet serves another site.
#[test]
fn files_of_another_view_keep_the_later_signature() {
    let (key, public) = new_key_pair();
    let rules = [&b"<DialRules/>"[..], b"<DialRules></DialRules>"];
    let mut manifest = Manifest::parse(&manifest(6, rules[0], rules[0])).unwrap();
    manifest.views.push(ManifestView {
        name: Some("Dallas".into()),
        folder: "dallas/".into(),
        networks: Vec::new(),
    });
    for (path, bytes) in [(APPLICATION, rules[1]), (LOOKUP, rules[0])] {
        manifest.files.push(ManifestFile::of(&format!("dallas/{path}"), bytes));
    }
    let manifest = manifest.to_json().into_bytes();
    let of_view = |application: &[u8], timestamp, expires| {
        let statement =
            Statement { timestamp, generation: Some(6), expires, ..Statement::default() };
        let signature = key.sign(&manifest, &statement).unwrap();
        Answers {
            manifest: Answer::bytes(&manifest),
            signature: Answer::bytes(signature.as_bytes()),
            application: Answer::bytes(application),
            lookup: Answer::bytes(rules[0]),
        }
    };
    let renewed = of_view(rules[0], 11, Some(3_000));
    let running = accepted(&renewed, policy(None, Some(&public))).unwrap();
    let other = of_view(rules[1], 10, Some(2_000));
    let other = accepted(&other, policy(Some(&running), Some(&public))).unwrap();
    assert!(!other.has_same_files(&running));
    assert_eq!(other.expires(), Some(3_000));
}
