//! What every method does when nothing goes wrong.

use std::thread;
use std::time::Duration;

use adr_bundle::{ManifestFile, sha256};
use adr_kit::nats::Release;
use adr_kit::wait::TIMEOUT;
use adr_watcher::publication::{NodeReport, Publication, PublicationError, SealedGeneration};
use adr_watcher::publish::Base;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use crate::generation::{generation, nats, prepared, report, simple};

const LONG: Duration = TIMEOUT;

#[test]
fn published_generations_are_read_back_by_another_node() {
    for release in Release::ALL {
        let Some((server, first)) = prepared(release) else { return };
        let second = nats(&server.url());
        assert_eq!(second.current(), Ok(None));
        assert_eq!(second.generations(), Ok(Vec::new()));

        let one = generation(1, &[("a.xml", "<a/>"), ("CUPC/a.xml", "<a/>"), ("b.xml", "")]);
        first.publish(None, &one).unwrap();
        let two = generation(2, &[("a.xml", "<a/>"), ("c.xml", "<c/>")]);
        first.publish(Some(&one.base()), &two).unwrap();

        assert_eq!(second.current(), Ok(Some(two.base())));
        assert_eq!(second.generations(), Ok(vec![1, 2]));
        assert_eq!(second.fetch(1).as_ref(), Ok(&one));
        assert_eq!(second.fetch(2).as_ref(), Ok(&two));
        assert_eq!(second.document(2).as_ref(), Ok(two.document()));
        for (listed, bytes) in two.files() {
            assert_eq!(second.file(listed).as_ref(), Ok(bytes.as_ref()));
        }
        assert!(matches!(second.fetch(3), Err(PublicationError::Missing { generation: 3, .. })));
        assert_eq!(second.verify(), Ok(Vec::new()));
    }
}

#[test]
fn file_that_a_node_has_is_not_asked_for() {
    for release in Release::ALL {
        let Some((server, first)) = prepared(release) else { return };
        let second = nats(&server.url());
        let one = generation(1, &[("a.xml", "<a/>"), ("b/a.xml", "<a/>"), ("c.xml", "<c/>")]);
        first.publish(None, &one).unwrap();
        // only the node has it now
        let object = URL_SAFE.encode(sha256(b"<a/>"));
        let filter = serde_json::json!({ "filter": format!("$O.adrc-files.M.{object}") });
        let purged = server.api("STREAM.PURGE.OBJ_adrc-files", &filter);
        assert_eq!(purged["purged"], 1, "{purged}");
        let fetch = |text: &'static str| {
            let known = move |listed: &ManifestFile| {
                (listed.sha256 == sha256(b"<a/>")).then(|| text.as_bytes().to_vec())
            };
            second.fetch_beside(1, &known)
        };
        assert_eq!(fetch("<a/>").as_ref(), Ok(&one));
        let damaged = fetch("<b/>").unwrap_err();
        assert!(matches!(damaged, PublicationError::Damaged { .. }), "{damaged:?}");
        assert!(matches!(second.fetch(1), Err(PublicationError::Damaged { .. })));
        let missing = second.fetch_beside(2, &|_| None).unwrap_err();
        assert!(matches!(missing, PublicationError::Missing { generation: 2, .. }), "{missing:?}");
    }
}

#[test]
fn publisher_with_another_base_is_refused() {
    let Some((_server, nats)) = prepared(Release::Current) else { return };
    let (one, two, other) = (simple(1), simple(2), generation(2, &[("a.xml", "<other/>")]));
    let refused =
        |expected: Option<&Base>, next: &SealedGeneration| match nats.publish(expected, next) {
            Err(PublicationError::Refused { current, .. }) => current,
            other => panic!("{other:?}"),
        };
    assert_eq!(refused(Some(&one.base()), &two), None);
    nats.publish(None, &one).unwrap();
    assert_eq!(refused(None, &two), Some(one.base()));
    nats.publish(Some(&one.base()), &two).unwrap();
    assert_eq!(refused(Some(&one.base()), &other), Some(two.base()));
    assert_eq!(refused(Some(&two.base()), &other), Some(two.base()), "numbers grow");
    // again, as after a lost answer
    assert_eq!(nats.publish(Some(&one.base()), &two), Ok(()));
    assert_eq!(nats.generations(), Ok(vec![1, 2]));
}

#[test]
fn preparing_twice_changes_nothing() {
    for release in Release::ALL {
        let Some((server, nats)) = prepared(release) else { return };
        let again = nats.prepare(1).unwrap();
        assert_eq!((again.created.len(), again.changed.len(), again.unchanged.len()), (0, 0, 3));
        for copies in [0, 2, 4, 6] {
            let error = nats.prepare(copies).unwrap_err();
            let is_impossible = matches!(error, PublicationError::Impossible { .. });
            assert!(is_impossible && error.help().contains("1, 3 or 5"), "{copies}: {error:?}");
        }
        let too_many = nats.prepare(3).unwrap_err();
        assert!(too_many.to_string().contains("3 copies need 3 NATS servers"), "{too_many}");
        assert!(too_many.help().contains("--replicas 1"), "{too_many:?}");
        let _ = server.api("STREAM.DELETE.KV_adrc-nodes", &serde_json::Value::Null);
        assert_eq!(nats.prepare(1).unwrap().created, ["KV_adrc-nodes"]);
    }
}

#[test]
fn watch_returns_on_a_change_and_after_its_time() {
    for release in Release::ALL {
        let Some((server, publisher)) = prepared(release) else { return };
        let follower = nats(&server.url());
        let one = simple(1);
        assert_eq!(follower.watch(None, Duration::from_millis(50)), Ok(None));
        let seen = thread::scope(|scope| {
            let watching = scope.spawn(|| follower.watch(None, LONG));
            publisher.publish(None, &one).unwrap();
            watching.join().unwrap()
        });
        assert_eq!(seen, Ok(Some(one.base())));
        assert_eq!(follower.watch(None, LONG), Ok(Some(one.base())), "it is known at once");
    }
}

#[test]
fn announcement_is_the_state_that_servers_announce() {
    let Some((server, nats)) = prepared(Release::Current) else { return };
    let mut wire = server.wire();
    wire.subscribe("adrc.state");
    let one = simple(1);
    nats.publish(None, &one).unwrap();
    let announced = wire.next_message().unwrap();
    let expected = format!(r#"{{"generation":1,"sha256":"{}","window":0}}"#, one.base().sha256);
    assert_eq!(announced.subject, "adrc.state");
    assert_eq!(String::from_utf8_lossy(&announced.payload), expected);
}

#[test]
fn newest_report_of_each_node_is_kept() {
    for release in Release::ALL {
        let Some((_server, nats)) = prepared(release) else { return };
        nats.report(&report("tftp2")).unwrap();
        nats.report(&report("tftp1")).unwrap();
        let last = NodeReport { has_ended: true, ..report("tftp2") };
        nats.report(&last).unwrap();
        assert_eq!(nats.reports(), Ok(vec![report("tftp1"), last]));
        assert!(nats.report(&report("a.b")).is_err(), "a name with a dot is another subject");
    }
}

#[test]
fn status_names_streams_generations_and_nodes() {
    for release in Release::ALL {
        let Some((server, nats)) = prepared(release) else { return };
        nats.publish(None, &simple(1)).unwrap();
        nats.report(&report("tftp1")).unwrap();
        let status = nats.status().unwrap();
        assert_eq!(status.generations, [simple(1).base()]);
        assert_eq!(status.server, "nats");
        assert!(status.published.is_some_and(|published| published > 1_700_000_000));
        assert!(status.buckets.iter().all(|bucket| bucket.exists && bucket.replicas == Some(1)));
        assert_eq!(status.nodes.len(), 1);
        assert_eq!(status.nodes[0].report, report("tftp1"));
        assert!(status.nodes[0].stored > 1_700_000_000);
        let _ = server.api("STREAM.DELETE.OBJ_adrc-files", &serde_json::Value::Null);
        let status = nats.status().unwrap();
        let missing = status.buckets.iter().filter(|bucket| !bucket.exists);
        assert_eq!(missing.map(|bucket| &*bucket.name).collect::<Vec<_>>(), ["OBJ_adrc-files"]);
    }
}
