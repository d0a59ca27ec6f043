//! Damage by somebody else: what was removed, replaced, cut or filled with other things.

use adr_kit::nats::{NatsServer, Release};
use adr_watcher::publication::{Publication, PublicationError};
use serde_json::{Value, json};

use crate::generation::{generation, prepared, report, simple};

const FILES: &str = "OBJ_adrc-files";

/// The subjects of objects and their information.
fn objects(server: &NatsServer) -> Vec<(String, Value)> {
    let request = json!({ "subjects_filter": "$O.adrc-files.M.*" });
    let info = server.api(&format!("STREAM.INFO.{FILES}"), &request);
    let subjects = info["state"]["subjects"].as_object().unwrap();
    let read = |subject: &String| {
        let answer =
            server.api(&format!("STREAM.MSG.GET.{FILES}"), &json!({ "last_by_subj": subject }));
        let text = answer["message"]["data"].as_str().unwrap();
        (subject.clone(), serde_json::from_slice(&decoded(text)).unwrap())
    };
    subjects.keys().map(read).collect()
}

/// The bytes of a text in base64.
fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// Subject and information of the object of a generation's only file.
fn file_object(server: &NatsServer) -> (String, Value) {
    let is_file = |(_, info): &(String, Value)| info["name"].as_str().unwrap().len() == 64;
    objects(server).into_iter().find(is_file).unwrap()
}

#[test]
fn missing_streams_are_named() {
    for release in Release::ALL {
        let Some((server, nats)) = prepared(release) else { return };
        nats.publish(None, &simple(1)).unwrap();
        let is_not_prepared = |error: PublicationError| {
            assert!(matches!(error, PublicationError::NotPrepared { .. }), "{error:?}");
        };
        let _ = server.api("STREAM.DELETE.KV_adrc-nodes", &Value::Null);
        is_not_prepared(nats.report(&report("tftp1")).unwrap_err());
        is_not_prepared(nats.reports().unwrap_err());
        let _ = server.api(&format!("STREAM.DELETE.{FILES}"), &Value::Null);
        is_not_prepared(nats.fetch(1).unwrap_err());
        is_not_prepared(nats.publish(Some(&simple(1).base()), &simple(2)).unwrap_err());
        let _ = server.api("STREAM.DELETE.KV_adrc", &Value::Null);
        is_not_prepared(nats.current().unwrap_err());
        is_not_prepared(nats.publish(Some(&simple(1).base()), &simple(2)).unwrap_err());
        // prepared again, it is empty, and nodes decide what that means
        nats.prepare(1).unwrap();
        assert_eq!(nats.current(), Ok(None));
        assert_eq!(nats.publish(None, &simple(2)), Ok(()));
    }
}

#[test]
fn foreign_value_of_current_is_an_error_and_is_not_overwritten() {
    let Some((server, nats)) = prepared(Release::Current) else { return };
    nats.publish(None, &simple(1)).unwrap();
    for value in ["", "7", "{}", r#"{"format_version":9}"#, "\u{0}\u{1}"] {
        server.wire().store("$KV.adrc.current", value.as_bytes());
        let error = nats.current().unwrap_err();
        assert!(matches!(error, PublicationError::Foreign { .. }), "{value}: {error:?}");
        let error = nats.publish(Some(&simple(1).base()), &simple(2)).unwrap_err();
        assert!(matches!(error, PublicationError::Foreign { .. }), "{value}: {error:?}");
    }
    assert!(nats.status().unwrap().damage.is_some());
}

#[test]
fn key_that_was_removed_is_an_error_until_it_is_prepared_again() {
    for release in Release::ALL {
        let Some((server, nats)) = prepared(release) else { return };
        nats.publish(None, &simple(1)).unwrap();
        server.wire().delete_key("adrc", "current");
        let is_not_prepared = |error: PublicationError| {
            assert!(matches!(error, PublicationError::NotPrepared { .. }), "{error:?}");
        };
        is_not_prepared(nats.current().unwrap_err());
        is_not_prepared(nats.generations().unwrap_err());
        is_not_prepared(nats.publish(None, &simple(1)).unwrap_err());
        assert!(nats.status().unwrap().damage.is_some());
        nats.prepare(1).unwrap();
        assert_eq!(nats.current(), Ok(None));
        nats.publish(None, &simple(2)).unwrap();
        assert_eq!(nats.fetch(2), Ok(simple(2)));
        nats.prepare(1).unwrap();
        assert_eq!(nats.current(), Ok(Some(simple(2).base())), "a value is not forgotten");
    }
}

#[test]
fn bucket_of_another_program_is_left_alone() {
    let Some((server, nats)) = prepared(Release::Current) else { return };
    for stream in ["KV_adrc", "KV_adrc-nodes", FILES] {
        let _ = server.api(&format!("STREAM.DELETE.{stream}"), &Value::Null);
    }
    let bucket = json!({
        "name": "KV_adrc", "subjects": ["$KV.adrc.>"], "retention": "limits", "storage": "memory",
        "discard": "new", "num_replicas": 1, "max_consumers": -1, "max_msgs": -1, "max_bytes": -1,
        "max_age": 0, "max_msgs_per_subject": 5, "description": "of another program",
    });
    let created = server.api("STREAM.CREATE.KV_adrc", &bucket);
    assert_eq!(created["error"], Value::Null, "{created}");
    let error = nats.prepare(1).unwrap_err();
    assert!(error.to_string().contains("KV_adrc exists"), "{error}");
    let kept = server.api("STREAM.INFO.KV_adrc", &Value::Null);
    assert_eq!(kept["config"]["max_msgs_per_subject"], 5, "its history is kept");
    let files = server.api(&format!("STREAM.INFO.{FILES}"), &Value::Null);
    assert_eq!(files["error"]["err_code"], 10059, "nothing was created beside it");
}

#[test]
fn foreign_stream_with_the_name_of_ours_is_left_alone() {
    let Some((server, nats)) = prepared(Release::Current) else { return };
    let _ = server.api("STREAM.DELETE.KV_adrc-nodes", &Value::Null);
    let stream = json!({
        "name": "KV_adrc-nodes", "subjects": ["foreign"], "retention": "limits",
        "storage": "memory", "discard": "old", "num_replicas": 1, "max_consumers": -1,
        "max_msgs": -1, "max_bytes": -1, "max_age": 0,
    });
    let created = server.api("STREAM.CREATE.KV_adrc-nodes", &stream);
    assert_eq!(created["error"], Value::Null, "{created}");
    let error = nats.prepare(1).unwrap_err();
    assert!(error.to_string().contains("KV_adrc-nodes exists"), "{error}");
}

#[test]
fn damaged_object_is_named_and_stored_again_by_the_next_publisher() {
    let Some((server, nats)) = prepared(Release::Current) else { return };
    let files = |number| generation(number, &[("a.xml", "<a/>")]);
    nats.publish(None, &files(1)).unwrap();
    let mut number = 1;
    let mut check = |what: &str, damage: &dyn Fn(&str, Value)| {
        let (subject, info) = file_object(&server);
        damage(&subject, info);
        match nats.fetch(number) {
            Err(PublicationError::Damaged { generation, reason, .. }) => {
                assert_eq!(generation, number);
                assert!(reason.starts_with("a.xml: "), "{what}: {reason}");
            }
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(nats.verify().unwrap().len() as u64, number, "{what}");
        // the same file under the next number
        nats.publish(Some(&files(number).base()), &files(number + 1)).unwrap();
        number += 1;
        assert_eq!(nats.fetch(number).as_ref(), Ok(&files(number)), "{what}");
    };
    check("object removed", &|subject, _| {
        let purged = server.api(&format!("STREAM.PURGE.{FILES}"), &json!({ "filter": subject }));
        assert_eq!(purged["success"], true);
    });
    check("chunks removed", &|_, info| {
        let chunks = format!("$O.adrc-files.C.{}", info["nuid"].as_str().unwrap());
        let purged = server.api(&format!("STREAM.PURGE.{FILES}"), &json!({ "filter": chunks }));
        assert_eq!(purged["success"], true);
    });
    check("information replaced", &|subject, _| {
        // the newest message counts
        server.wire().store(subject, b"{}");
    });
    check("other bytes of the same size", &|subject, mut info| {
        server.wire().store("$O.adrc-files.C.same", b"<b/>");
        info["nuid"] = json!("same");
        server.wire().store(subject, info.to_string().as_bytes());
    });
    check("larger than listed", &|subject, mut info| {
        info["size"] = json!(u64::from(u32::MAX));
        server.wire().store(subject, info.to_string().as_bytes());
    });
    check("a link", &|subject, mut info| {
        info["options"] = json!({ "link": { "bucket": "adrc-files", "name": info["name"] } });
        server.wire().store(subject, info.to_string().as_bytes());
    });
    check("marked as removed", &|subject, mut info| {
        info["deleted"] = json!(true);
        server.wire().store(subject, info.to_string().as_bytes());
    });
}

#[test]
fn replaced_content_is_noticed() {
    let Some((server, nats)) = prepared(Release::Current) else { return };
    nats.publish(None, &generation(1, &[("a.xml", "<a/>")])).unwrap();
    let (subject, mut info) = file_object(&server);
    server.wire().store("$O.adrc-files.C.foreign", b"<b/>");
    info["nuid"] = json!("foreign");
    server.wire().store(&subject, info.to_string().as_bytes());
    let error = nats.fetch(1).unwrap_err();
    assert!(matches!(error, PublicationError::Damaged { generation: 1, .. }), "{error:?}");
}

#[test]
fn replaced_document_is_noticed() {
    let Some((server, nats)) = prepared(Release::Current) else { return };
    nats.publish(None, &simple(1)).unwrap();
    let is_document = |(_, info): &(String, Value)| info["name"].as_str().unwrap().len() > 64;
    let (subject, info) = objects(&server).into_iter().find(is_document).unwrap();
    let other = serde_json::to_vec(generation(1, &[("b", "evil")]).document()).unwrap();
    server.wire().store("$O.adrc-files.C.foreign", &other);
    let info = json!({
        "name": info["name"], "bucket": "adrc-files", "nuid": "foreign", "size": other.len(),
        "chunks": 1,
    });
    server.wire().store(&subject, info.to_string().as_bytes());
    for error in [nats.fetch(1).unwrap_err(), nats.document(1).unwrap_err()] {
        assert!(matches!(error, PublicationError::Damaged { generation: 1, .. }), "{error:?}");
    }
    // the node that has the files publishes again, and that can be read
    nats.publish(Some(&simple(1).base()), &simple(2)).unwrap();
    assert_eq!(nats.fetch(2), Ok(simple(2)));
}

#[test]
fn foreign_values_among_reports_are_left_out() {
    let Some((server, nats)) = prepared(Release::Current) else { return };
    nats.report(&report("tftp1")).unwrap();
    let mut wire = server.wire();
    let other = serde_json::to_string(&report("tftp1")).unwrap();
    wire.store("$KV.adrc-nodes.foreign", b"hello");
    wire.store("$KV.adrc-nodes.UPPER", b"hello");
    wire.store("$KV.adrc-nodes.empty", b"");
    let head = format!("{{\"id\":\"x\",\"parts\":1,\"summary\":{other}}}\nnot gzip");
    wire.store("$KV.adrc-nodes.tftp2", head.as_bytes());
    assert_eq!(nats.reports(), Ok(vec![report("tftp1")]), "a report of tftp1 for tftp2 is none");
    // damaged rows: the sums remain
    let head = format!("{{\"id\":\"x\",\"parts\":1,\"summary\":{other}}}\nnot gzip");
    wire.store("$KV.adrc-nodes.tftp1", head.as_bytes());
    assert_eq!(nats.reports(), Ok(vec![report("tftp1")]));
}
