//! Several publishers, and what is removed.

use std::thread;
use std::time::Duration;

use adr_bundle::sha256;
use adr_cluster::{Nats, Settings};
use adr_kit::nats::{NatsServer, Release};
use adr_kit::relay::Relay;
use adr_kit::wait::wait_until;
use adr_watcher::publication::{
    GenerationDocument, Publication, PublicationError, SealedGeneration,
};
use adr_watcher::publish::Base;
use base64::Engine;

use crate::generation::{generation, nats, patient, prepared, settings, simple};

/// Longer than publishing takes here.
const UNUSED_FOR: Duration = Duration::from_secs(4);

/// Publishes `rounds` generations, each on top of what is current, and returns their identities.
fn publish_rounds(nats: &Nats, who: &str, rounds: usize) -> Vec<Base> {
    let mut mine = Vec::new();
    while mine.len() < rounds {
        let base = nats.current().unwrap();
        let number = base.as_ref().map_or(1, |base| base.generation + 1);
        let next = generation(number, &[("a.xml", &format!("<a who=\"{who}\" n=\"{number}\"/>"))]);
        match nats.publish(base.as_ref(), &next) {
            Ok(()) => mine.push(next.base()),
            Err(PublicationError::Refused { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    mine
}

#[test]
fn of_two_publishers_none_loses_an_accepted_generation() {
    let Some((server, first)) = prepared(Release::Current) else { return };
    let keep = |nats: &str| Settings { keep: 1_000, ..settings(nats) };
    let rounds = 100;
    let publishers: Vec<Nats> =
        (0..2).map(|_| Nats::connect(keep(&server.url())).unwrap()).collect();
    let mut accepted: Vec<Base> = thread::scope(|scope| {
        let running: Vec<_> = publishers
            .iter()
            .zip(["a", "b"])
            .map(|(nats, who)| scope.spawn(move || publish_rounds(nats, who, rounds)))
            .collect();
        running.into_iter().flat_map(|running| running.join().unwrap()).collect()
    });
    accepted.sort_by_key(|base| base.generation);
    let numbers: Vec<u64> = accepted.iter().map(|base| base.generation).collect();
    assert_eq!(numbers, (1..=2 * rounds as u64).collect::<Vec<_>>(), "each number once");
    assert_eq!(first.generations().unwrap(), numbers);
    let kept = first.status().unwrap().generations;
    assert_eq!(kept, accepted, "publishers and readers see the same order");
}

#[test]
fn what_is_kept_is_complete_and_the_rest_is_removed() {
    for release in Release::ALL {
        let Some((server, _)) = prepared(release) else { return };
        let settings = Settings { keep: 3, unused_for: UNUSED_FOR, ..settings(&server.url()) };
        let nats = Nats::connect(settings).unwrap();
        let mut base = None;
        for number in 1..=8 {
            let text = format!("<a n=\"{number}\"/>");
            let next = generation(number, &[("a.xml", &text), ("same.xml", "<same/>")]);
            nats.publish(base.as_ref(), &next).unwrap();
            base = Some(next.base());
        }
        assert_eq!(nats.generations(), Ok(vec![6, 7, 8]));
        assert_eq!(nats.verify(), Ok(Vec::new()));
        let objects = |filter: &str| {
            let request = serde_json::json!({ "subjects_filter": filter });
            let info = server.api("STREAM.INFO.OBJ_adrc-files", &request);
            info["state"]["subjects"].as_object().map_or(0, serde_json::Map::len)
        };
        // a publisher that was killed leaves chunks of no object
        server.wire().store("$O.adrc-files.C.lost", b"bytes");
        let mut number = 8;
        wait_until("unused objects are removed", || {
            // three documents, three files, and the one that all have; those of the last
            // generations stay for a while
            if objects("$O.adrc-files.M.*") <= 11 && objects("$O.adrc-files.C.lost") == 0 {
                return true;
            }
            number += 1;
            let next = generation(
                number,
                &[("a.xml", &format!("<a n=\"{number}\"/>")), ("same.xml", "<same/>")],
            );
            nats.publish(base.as_ref(), &next).unwrap();
            base = Some(next.base());
            thread::sleep(UNUSED_FOR / 2);
            false
        });
        assert_eq!(nats.verify(), Ok(Vec::new()));
    }
}

/// Publishes through a relay that holds the compare-and-set back, while `meanwhile` publishes.
fn lose(server: &NatsServer, next: &SealedGeneration, meanwhile: impl FnOnce()) {
    let relay = Relay::to(server.port());
    let slow = patient(&format!("nats://127.0.0.1:{}", relay.port()));
    let base = slow.current().unwrap();
    relay.hold_before("HPUB $KV.adrc.current");
    let mut lost = thread::scope(|scope| {
        let lost = scope.spawn(|| slow.publish(base.as_ref(), next));
        wait_until("everything is stored", || relay.is_held());
        meanwhile();
        relay.restore();
        lost.join().unwrap()
    });
    // a machine that is busy may take so long that it gives up
    wait_until("it hears of the result", || {
        let is_unknown = lost.as_ref().is_err_and(PublicationError::is_temporary);
        if is_unknown {
            lost = slow.publish(base.as_ref(), next);
        }
        !is_unknown
    });
    assert!(matches!(lost, Err(PublicationError::Refused { .. })), "{lost:?}");
}

#[test]
fn of_two_documents_with_the_same_manifest_the_accepted_one_is_kept() {
    let Some((server, first)) = prepared(Release::Current) else { return };
    first.publish(None, &simple(1)).unwrap();
    let winner = simple(2);
    // the same sources on another node, which does not sign
    let document = GenerationDocument { signature: None, ..winner.document().clone() };
    let files: Vec<_> = winner.files().map(|(_, bytes)| bytes.as_ref().clone()).collect();
    let unsigned = SealedGeneration::open(document, |_| Ok(files[0].clone())).unwrap();
    assert_eq!(unsigned.base(), winner.base());
    lose(&server, &unsigned, || first.publish(Some(&simple(1).base()), &winner).unwrap());
    assert_eq!(first.document(2).as_ref(), Ok(winner.document()));
    // and not as if it had been published already
    let refused = nats(&server.url()).publish(Some(&simple(1).base()), &unsigned);
    assert!(matches!(refused, Err(PublicationError::Refused { .. })), "{refused:?}");
    assert_eq!(first.fetch(2), Ok(winner));
}

#[test]
fn file_of_a_publisher_that_is_not_done_is_not_removed() {
    let Some((server, _)) = prepared(Release::Current) else { return };
    let quick = Settings { unused_for: UNUSED_FOR, keep: 2, ..settings(&server.url()) };
    let quick = Nats::connect(quick).unwrap();
    let shared = |number: u64, text: &str| generation(number, &[("a.xml", text)]);
    quick.publish(None, &shared(1, "<a/>")).unwrap();
    // its file is stored, and belongs to no generation
    lose(&server, &shared(2, "<late/>"), || {
        quick.publish(Some(&shared(1, "<a/>").base()), &shared(2, "<b/>")).unwrap();
    });
    let mut base = shared(2, "<b/>").base();
    let mut number = 2;
    let stored = |text: &str| {
        let name = base64::engine::general_purpose::URL_SAFE.encode(sha256(text.as_bytes()));
        let request = serde_json::json!({ "last_by_subj": format!("$O.adrc-files.M.{name}") });
        server.api("STREAM.MSG.GET.OBJ_adrc-files", &request)["error"].is_null()
    };
    wait_until("the file of nobody is removed", || {
        if !stored("<late/>") {
            return true;
        }
        number += 1;
        // stored again each time: never as old as what is removed
        let next = shared(number, if number % 2 == 0 { "<b/>" } else { "<c/>" });
        quick.publish(Some(&base), &next).unwrap();
        base = next.base();
        thread::sleep(UNUSED_FOR / 4);
        false
    });
    assert_eq!(quick.verify(), Ok(Vec::new()));
}
