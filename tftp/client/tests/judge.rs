//! Whatever is offered: what is taken verifies, is read by clients, and is no step back.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests say what is wrong by failing"
)]

use adr_bundle::signature::{PublicKey, SigningKey, Statement, new_keys};
use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView};
use adr_client::copy::{APPLICATION, Copy, LOOKUP};
use adr_client::judge::{self, Answer, FilesVerdict, ManifestVerdict, Terms};
use adr_engine::xml::read_as_client;
use proptest::prelude::*;

const NOW: u64 = 1_000;

/// What a server says to each of the four questions.
#[derive(Clone, Debug)]
struct Offer {
    manifest: Answer,
    signature: Answer,
    application: Answer,
    lookup: Answer,
}

fn manifest(generation: u64, application: &[u8], lookup: &[u8]) -> Vec<u8> {
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        generation,
        tool: "0.1.0".into(),
        views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
        files: vec![ManifestFile::of(APPLICATION, application), ManifestFile::of(LOOKUP, lookup)],
    };
    manifest.to_json().into_bytes()
}

fn terms<'t>(held: Option<&'t Copy>, key: Option<&'t PublicKey>) -> Terms<'t> {
    Terms { server: "http://h/", held, key, now: NOW, told: None, is_thorough: true }
}

/// Both steps; what would be dialled by afterwards, if that is something else than before.
fn taken(offer: &Offer, terms: Terms<'_>) -> Option<Copy> {
    let verified = match judge::manifest(&offer.manifest, &offer.signature, terms) {
        ManifestVerdict::Verify(offer) => Some(offer),
        ManifestVerdict::Plain => None,
        _ => return None,
    };
    match judge::files(verified.as_ref(), &offer.application, &offer.lookup, terms) {
        FilesVerdict::Take(copy) => Some(copy),
        _ => None,
    }
}

fn honest(generation: u64, application: &[u8], lookup: &[u8]) -> Offer {
    Offer {
        manifest: Answer::bytes(&manifest(generation, application, lookup)),
        signature: Answer::Missing,
        application: Answer::bytes(application),
        lookup: Answer::bytes(lookup),
    }
}

fn held() -> Copy {
    taken(&honest(5, b"<DialRules/>", b"<DialRules/>"), terms(None, None)).unwrap()
}

fn a_key() -> (SigningKey, PublicKey) {
    let (secret, public) = new_keys().unwrap();
    let key = SigningKey::parse(&secret).unwrap();
    (key, PublicKey::parse(&public).unwrap())
}

/// A generation with its signature.
fn signed(generation: u64, key: &SigningKey, expires: Option<u64>) -> Offer {
    let mut offer = honest(generation, b"<DialRules/>", b"<DialRules/>");
    let Answer::Bytes(bytes) = &offer.manifest else { panic!("no manifest") };
    let statement = Statement { timestamp: 1, generation: Some(generation), expires };
    let signature = key.sign(bytes, &statement).unwrap();
    offer.signature = Answer::bytes(signature.as_bytes());
    offer
}

/// Seconds since 1970 by a clock that may be anywhere.
fn clock() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0..2 * NOW, Just(NOW), Just(u64::MAX)]
}

/// A site's view below a folder, with these files.
fn with_site(lookup: &[u8]) -> judge::Offer {
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
    match judge::manifest(&answer, &Answer::Missing, terms(None, None)) {
        ManifestVerdict::Verify(offer) => offer,
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn a_file_is_unchanged_only_when_every_view_has_it() {
    let held = held();
    let same = with_site(b"<DialRules/>");
    assert_eq!(same.unchanged(LOOKUP, &held).unwrap().as_slice(), b"<DialRules/>");
    assert_eq!(same.unchanged(APPLICATION, &held), None);
    assert_eq!(with_site(b"<DialRules></DialRules>").unchanged(LOOKUP, &held), None);
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
        1 => Just(Answer::Failed("no answer".into())),
    ]
}

fn offer() -> impl Strategy<Value = Offer> {
    (answer(), answer(), answer(), answer()).prop_map(
        |(manifest, signature, application, lookup)| Offer {
            manifest,
            signature,
            application,
            lookup,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A core that runs generation 5 never goes back, and never takes what is no manifest's.
    #[test]
    fn no_step_back(offer in offer()) {
        let held = held();
        if let Some(copy) = taken(&offer, terms(Some(&held), None)) {
            prop_assert!(copy.generation().unwrap() >= 5);
            prop_assert!(!copy.has_same_files(&held) || copy.generation() != held.generation());
            let (Answer::Bytes(application), Answer::Bytes(lookup)) = (&offer.application, &offer.lookup) else {
                panic!("taken without files");
            };
            let Answer::Bytes(text) = &offer.manifest else { panic!("taken without a manifest") };
            let named = Manifest::parse(text).unwrap();
            prop_assert!(named.files.contains(&ManifestFile::of(APPLICATION, application)));
            prop_assert!(named.files.contains(&ManifestFile::of(LOOKUP, lookup)));
        }
    }

    /// Whatever a core takes, with whatever history, a client reads.
    #[test]
    fn what_is_taken_is_read(offers in prop::collection::vec(offer(), 1..6)) {
        let mut running: Option<Copy> = None;
        for offer in offers {
            let before = running.as_ref().and_then(Copy::generation);
            if let Some(copy) = taken(&offer, terms(running.as_ref(), None)) {
                let Answer::Bytes(application) = &offer.application else { panic!("no rules") };
                prop_assert!(read_as_client(application).error.is_none());
                if let Answer::Bytes(lookup) = &offer.lookup {
                    prop_assert!(read_as_client(lookup).error.is_none());
                }
                prop_assert!(copy.generation() >= before, "{before:?} became {:?}", copy.generation());
                running = Some(copy);
            }
        }
    }

    /// With a pinned key nothing unsigned is taken, whatever else is right.
    #[test]
    fn nothing_unsigned(offer in offer()) {
        let (_, public) = new_keys().unwrap();
        let key = PublicKey::parse(&public).unwrap();
        prop_assert_eq!(taken(&offer, terms(None, Some(&key))), None);
    }

    /// A changed byte anywhere in what was signed is refused.
    #[test]
    fn no_changed_byte(at in any::<prop::sample::Index>(), which in 0..3_usize, bit in 0..8_u8) {
        let (secret, public) = new_keys().unwrap();
        let key = PublicKey::parse(&public).unwrap();
        let mut files = [manifest(6, b"<DialRules/>", b"<DialRules />"), b"<DialRules/>".to_vec(), b"<DialRules />".to_vec()];
        let statement = Statement { timestamp: 1, generation: Some(6), expires: Some(NOW + 1) };
        let signature = SigningKey::parse(&secret).unwrap().sign(&files[0], &statement).unwrap();
        let offer = |files: &[Vec<u8>; 3]| Offer {
            manifest: Answer::bytes(&files[0]),
            signature: Answer::bytes(signature.as_bytes()),
            application: Answer::bytes(&files[1]),
            lookup: Answer::bytes(&files[2]),
        };
        let held = held();
        prop_assert!(taken(&offer(&files), terms(Some(&held), Some(&key))).is_some());
        let at = at.index(files[which].len());
        files[which][at] ^= 1 << bit;
        prop_assert_eq!(taken(&offer(&files), terms(Some(&held), Some(&key))), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Wherever the clock stands, and whenever it is set back: a generation that is taken was in
    /// time by that clock, and is never older than what runs.
    #[test]
    fn a_clock_that_is_set_does_not_lead_back(
        offers in prop::collection::vec((1_u64..6, prop::option::of(0..2 * NOW), clock()), 1..12),
    ) {
        let (key, public) = a_key();
        let mut running: Option<Copy> = None;
        for (generation, expires, now) in offers {
            let terms = Terms { now, ..terms(running.as_ref(), Some(&public)) };
            let before = running.as_ref().and_then(Copy::generation);
            let Some(copy) = taken(&signed(generation, &key, expires), terms) else { continue };
            prop_assert!(copy.generation() > before, "{before:?} became {:?}", copy.generation());
            prop_assert!(expires.is_none_or(|expires| expires > now));
            running = Some(copy);
        }
    }
}

#[test]
fn what_was_announced_is_waited_for() {
    let held = held();
    let offer = honest(6, b"<DialRules/>", b"<DialRules/>");
    let told = |told| Terms { told: Some(told), ..terms(Some(&held), None) };
    let again = |verdict| matches!(verdict, ManifestVerdict::Again(_));
    assert!(again(judge::manifest(&offer.manifest, &offer.signature, told((7, "")))));
    assert!(again(judge::manifest(&offer.manifest, &offer.signature, told((6, "ab")))));
    assert!(!again(judge::manifest(&offer.manifest, &offer.signature, told((6, "")))));
    assert!(!again(judge::manifest(&offer.manifest, &offer.signature, told((5, "ab")))));
}

#[test]
fn the_same_generation_is_done_unless_asked_for() {
    let held = held();
    let offer = honest(5, b"<DialRules/>", b"<DialRules/>");
    let hasty = Terms { is_thorough: false, ..terms(Some(&held), None) };
    assert_eq!(judge::manifest(&offer.manifest, &offer.signature, hasty), ManifestVerdict::Same);
    let ManifestVerdict::Verify(verified) =
        judge::manifest(&offer.manifest, &offer.signature, terms(Some(&held), None))
    else {
        panic!("not looked at");
    };
    let verdict =
        judge::files(Some(&verified), &offer.application, &offer.lookup, terms(Some(&held), None));
    assert_eq!(verdict, FilesVerdict::Same);
}

#[test]
fn the_moment_of_expiry_is_too_late() {
    let (key, public) = a_key();
    let verdict = |expires| taken(&signed(6, &key, expires), terms(None, Some(&public))).is_some();
    assert!(verdict(None) && verdict(Some(NOW + 1)));
    assert!(!verdict(Some(NOW)) && !verdict(Some(0)));
}

/// Setting the clock back makes an expired signature fresh again, and what it signed is old all the
/// same.
#[test]
fn a_clock_that_is_set_back_brings_nothing_back() {
    let (key, public) = a_key();
    let at = |held, now| Terms { now, ..terms(held, Some(&public)) };
    let (old, new) = (signed(6, &key, Some(NOW)), signed(7, &key, Some(NOW + 1_000)));
    let running = taken(&new, at(None, NOW)).unwrap();
    for now in [0, 1, NOW - 1] {
        let verdict = judge::manifest(&old.manifest, &old.signature, at(Some(&running), now));
        let ManifestVerdict::Refuse(refusal) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(refusal.reason.word(), "older");
        // what runs is confirmed, and what is newer is taken
        assert_eq!(taken(&new, at(Some(&running), now)), None);
        let next = signed(8, &key, Some(NOW));
        assert!(taken(&next, at(Some(&running), now)).is_some());
    }
}
