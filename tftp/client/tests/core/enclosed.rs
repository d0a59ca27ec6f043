//! Files that come along with an event: a shortcut, and never a way around anything.

use std::time::Duration;

use adr_bundle::signature::{PublicKey, SigningKey, Statement, new_keys};
use adr_client::core::{Core, Settings};

use crate::scripted::{APPLICATION, LOOKUP, Script, Scripted, dials, eventually, prefix};

const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.json.minisig";

/// A core that follows by events; a slow machine is no reason for it to look by itself.
fn following(server: &Scripted, key: Option<PublicKey>) -> Core {
    let mut settings = Settings { key, poll: Duration::from_secs(3600), ..server.settings() };
    settings.times.first_event = Duration::from_secs(60);
    settings.times.silence = Duration::from_secs(60);
    let core = Core::open(settings).unwrap();
    dials(&core, "1");
    eventually("follows by events", || core.handle().status().way == "events");
    core
}

/// Publishes generation 2, whose event brings its files along, as they are then changed.
fn publish(server: &Scripted, change: impl FnOnce(&mut Script)) {
    let mut script = server.script();
    script.publish(&prefix("2"), b"<DialRules/>");
    script.enclosed = script.files.clone();
    change(&mut script);
}

#[test]
fn what_comes_along_is_not_asked_for() {
    let server = Scripted::published();
    let core = following(&server, None);
    let asked = || {
        let script = server.script();
        script.count("GET /manifest") + script.count("GET /CUPC")
    };
    let before = asked();
    publish(&server, |_| ());
    dials(&core, "2");
    assert_eq!(asked(), before);
    let status = core.handle().status();
    assert_eq!((status.generation, status.refused), (2, None));
    eventually("reports", || {
        let script = server.script();
        let last = script.reports.last();
        last.is_some_and(|report| report["generation"] == 2)
    });
    // whoever asks by hand wants to know what the server gives
    core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(asked(), before + 3);
}

#[test]
fn what_comes_along_and_is_wrong_is_asked_for() {
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
        ("a later manifest, which nobody announced", |script| {
            let mut other = Script::default();
            other.publish_as(3, b"<html/>", b"<DialRules/>");
            script.enclosed = other.files;
        }),
    ];
    for (what, change) in wrong {
        let server = Scripted::published();
        let core = following(&server, None);
        publish(&server, change);
        eventually(what, || core.handle().status().generation == 2);
        dials(&core, "2");
        assert_eq!(core.handle().status().refused, None, "{what}");
    }
}

#[test]
fn a_pinned_key_must_have_signed_what_comes_along() {
    let (secret, public) = new_keys().unwrap();
    let (stranger, _) = new_keys().unwrap();
    let secret = SigningKey::parse(&secret).unwrap();
    let stranger = SigningKey::parse(&stranger).unwrap();
    let statement =
        |generation| Statement { timestamp: 1, generation: Some(generation), expires: None };
    let server = Scripted::published();
    server.script().sign(&secret, &statement(1));
    let core = following(&server, Some(PublicKey::parse(&public).unwrap()));
    publish(&server, |script| {
        script.sign(&stranger, &statement(2));
        script.enclosed = script.files.clone();
    });
    eventually("is refused", || core.handle().status().refused.is_some());
    assert_eq!(core.handle().status().generation, 1);
    {
        let mut script = server.script();
        script.publish(&prefix("3"), b"<DialRules/>");
        script.sign(&secret, &statement(3));
        script.enclosed = script.files.clone();
        // and nothing else is to be had
        for name in [MANIFEST, SIGNATURE, APPLICATION, LOOKUP] {
            script.instead.insert(name.into(), (503, Vec::new()));
        }
    }
    dials(&core, "3");
    assert_eq!(core.handle().status().refused, None);
}
