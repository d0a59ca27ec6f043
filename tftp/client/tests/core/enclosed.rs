//! Files that come with an event: the core verifies them like requested files.

use std::time::Duration;

use adr_bundle::signature::{PublicKey, SigningKey, Statement, new_keys};
use adr_client::follow::Transport;
use adr_client::snapshot::{APPLICATION, LOOKUP};
use adr_client::{Core, Settings};

use crate::dialing::{patient_settings, wait_for_prefix, wait_for_transport, wait_until};
use crate::script::{Script, prefix};
use crate::scripted_server::ScriptedServer;

const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.json.minisig";

/// A core that follows by events, with timeouts that a slow machine does not exceed.
fn following_core(server: &ScriptedServer, key: Option<PublicKey>) -> Core {
    let settings = patient_settings(vec![server.address()]);
    let core = Core::open(Settings { key, ..settings }).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    core
}

/// Publishes generation 2, whose event has its files, and then applies a change.
fn publish(server: &ScriptedServer, change: impl FnOnce(&mut Script)) {
    let mut script = server.script();
    script.publish(&prefix("2"), b"<DialRules/>");
    script.enclosed = script.files.clone();
    change(&mut script);
}

#[test]
fn enclosed_files_are_not_requested() {
    let server = ScriptedServer::published();
    let core = following_core(&server, None);
    let requests = || {
        let script = server.script();
        script.count("GET /manifest") + script.count("GET /CUPC")
    };
    let before = requests();
    publish(&server, |_| ());
    wait_for_prefix(&core, "2");
    assert_eq!(requests(), before);
    let status = core.handle().status();
    assert_eq!((status.generation, status.refused), (2, None));
    wait_until("reports", || {
        let script = server.script();
        let last = script.reports.last();
        last.is_some_and(|report| report["generation"] == 2)
    });
    // a reload asks the server for the files
    core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(requests(), before + 3);
}

#[test]
fn wrong_enclosed_files_are_requested() {
    type Change = fn(&mut Script);
    let wrong: [(&str, Change); 7] = [
        ("other rules", |script| {
            script.enclosed.insert(APPLICATION.into(), prefix("9"));
        }),
        ("an error page", |script| {
            script.enclosed.insert(APPLICATION.into(), b"<html/>".to_vec());
        }),
        ("no lookup rules", |script| {
            script.enclosed.remove(LOOKUP);
        }),
        ("no manifest", |script| {
            script.enclosed.remove(MANIFEST);
        }),
        ("half a manifest", |script| {
            let manifest = script.enclosed.get_mut(MANIFEST).unwrap();
            manifest.truncate(manifest.len() / 2);
        }),
        ("a manifest that was not announced", |script| {
            let mut other = Script::default();
            other.publish_as(2, &prefix("9"), b"<DialRules/>");
            script.enclosed = other.files;
        }),
        ("a later manifest that was not announced", |script| {
            let mut other = Script::default();
            other.publish_as(3, b"<html/>", b"<DialRules/>");
            script.enclosed = other.files;
        }),
    ];
    for (what, change) in wrong {
        let server = ScriptedServer::published();
        let core = following_core(&server, None);
        publish(&server, change);
        wait_until(what, || core.handle().status().generation == 2);
        wait_for_prefix(&core, "2");
        assert_eq!(core.handle().status().refused, None, "{what}");
    }
}

#[test]
fn enclosed_files_need_the_signature_of_the_pinned_key() {
    let (secret, public) = new_keys().unwrap();
    let (other, _) = new_keys().unwrap();
    let secret = SigningKey::parse(&secret).unwrap();
    let other = SigningKey::parse(&other).unwrap();
    let statement = |generation| Statement {
        timestamp: 1,
        generation: Some(generation),
        expires: None,
        ..Statement::default()
    };
    let server = ScriptedServer::published();
    server.script().sign(&secret, &statement(1));
    let core = following_core(&server, Some(PublicKey::parse(&public).unwrap()));
    publish(&server, |script| {
        script.sign(&other, &statement(2));
        script.enclosed = script.files.clone();
    });
    wait_until("rejects", || core.handle().status().refused.is_some());
    assert_eq!(core.handle().status().generation, 1);
    {
        let mut script = server.script();
        script.publish(&prefix("3"), b"<DialRules/>");
        script.sign(&secret, &statement(3));
        script.enclosed = script.files.clone();
        // and the server sends no files
        for name in [MANIFEST, SIGNATURE, APPLICATION, LOOKUP] {
            script.overrides.insert(name.into(), (503, Vec::new()));
        }
    }
    wait_for_prefix(&core, "3");
    assert_eq!(core.handle().status().refused, None);
}
