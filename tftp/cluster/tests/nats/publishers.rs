//! Several publishers, and what is removed.

use std::thread;
use std::time::Duration;

use adr_cluster::{Nats, Settings};
use adr_kit::nats::Release;
use adr_kit::wait::wait_until;
use adr_watcher::publication::{Publication, PublicationError};
use adr_watcher::publish::Base;

use crate::generation::{generation, nats, prepared, settings, simple};

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

#[test]
fn file_of_a_publisher_that_is_not_done_is_not_removed() {
    let Some((server, slow)) = prepared(Release::Current) else { return };
    // as if another publisher had stored its file and not yet its generation
    let quick = nats(&server.url());
    quick.publish(None, &simple(1)).unwrap();
    let next = simple(2);
    // a refused publisher has stored everything
    let refused = slow.publish(None, &next);
    assert!(matches!(refused, Err(PublicationError::Refused { .. })));
    drop(quick);
    slow.publish(Some(&simple(1).base()), &next).unwrap();
    assert_eq!(slow.verify(), Ok(Vec::new()));
}
