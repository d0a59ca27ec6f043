//! What is offered and must not be taken.

use std::time::Duration;

use adr_bundle::signature::{PublicKey, SigningKey, Statement, new_keys};
use adr_client::core::{Core, Reloaded, Settings};
use adr_client::status::Status;
use adr_protocol::DETAIL_CHARACTERS;

use crate::scripted::{APPLICATION, Events, LOOKUP, Script, Scripted, dial, dials, prefix};

/// A core that runs generation 1, and what it makes of a change of the server when it is told to
/// reload.
fn after(change: impl FnOnce(&mut Script)) -> (Scripted, Core, Reloaded) {
    let server = Scripted::published();
    server.script().events = Events::NotThere;
    let core =
        Core::open(Settings { poll: Duration::from_secs(3600), ..server.settings() }).unwrap();
    dials(&core, "1");
    change(&mut server.script());
    let reloaded = core.handle().reload(Duration::from_secs(60));
    (server, core, reloaded)
}

#[test]
fn nothing_bad_replaces_a_good_copy() {
    let html = b"<html><body>404 Not Found</body></html>".to_vec();
    type Change = Box<dyn FnOnce(&mut Script) + Send>;
    let instead = |path: &'static str, status, body: Vec<u8>| -> Change {
        Box::new(move |script| {
            script.publish(&prefix("2"), b"<DialRules/>");
            script.instead.insert(path.to_owned(), (status, body));
        })
    };
    let bad: Vec<(&str, &str, Change)> = vec![
        ("an error page for the rules", "not-verified", instead(APPLICATION, 200, html.clone())),
        ("an empty body for the rules", "not-verified", instead(APPLICATION, 200, Vec::new())),
        ("an error for the rules", "unreachable", instead(APPLICATION, 500, html.clone())),
        ("a redirect", "unreachable", instead(APPLICATION, 302, html.clone())),
        ("no lookup rules", "not-verified", instead(LOOKUP, 404, html.clone())),
        (
            "other rules than the manifest says",
            "not-verified",
            instead(APPLICATION, 200, prefix("3")),
        ),
        ("an error page for the manifest", "bad-manifest", instead("manifest.json", 200, html)),
        ("an empty manifest", "bad-manifest", instead("manifest.json", 200, Vec::new())),
        ("no manifest any more", "bad-manifest", instead("manifest.json", 404, Vec::new())),
        ("no access", "unreachable", instead("manifest.json", 403, Vec::new())),
        ("a server in trouble", "unreachable", instead("manifest.json", 503, Vec::new())),
        (
            "a manifest that goes on for ever",
            "unreachable",
            instead("manifest.json", 200, vec![b' '; 17 << 20]),
        ),
        (
            "an older generation",
            "older",
            Box::new(|script| script.publish_as(0, &prefix("2"), b"<DialRules/>")),
        ),
        (
            "the same number twice",
            "other",
            Box::new(|script| script.publish_as(1, &prefix("2"), b"<DialRules/>")),
        ),
        (
            "a file that no client reads",
            "invalid-file",
            Box::new(|script| script.publish(b"<DialRules>", b"<DialRules/>")),
        ),
        ("an empty file", "invalid-file", Box::new(|script| script.publish(&prefix("2"), b""))),
        (
            "rules that are cut off",
            "unreachable",
            Box::new(|script| {
                script.publish(&prefix("2"), b"<DialRules/>");
                script.cut.push(APPLICATION.to_owned());
            }),
        ),
    ];
    // each of them waits between its tries
    std::thread::scope(|scope| {
        for (what, reason, change) in bad {
            std::thread::Builder::new()
                .spawn_scoped(scope, move || {
                    let (_server, core, reloaded) = after(|script| change(script));
                    let refusal = reloaded.expect_err(what);
                    assert_eq!(refusal.reason.word(), reason, "{what}: {refusal}");
                    assert_eq!(dial(&core, "5551212"), "15551212", "{what}");
                    let status = core.handle().status();
                    assert_eq!(
                        (status.generation, status.refused.unwrap().reason.word()),
                        (1, reason),
                        "{what}"
                    );
                })
                .unwrap();
        }
    });
}

#[test]
fn what_was_bad_and_is_mended_is_taken() {
    let (server, core, reloaded) = after(|script| script.publish(b"<DialRules>", b"<DialRules/>"));
    assert!(reloaded.is_err());
    server.script().publish(&prefix("3"), b"<DialRules/>");
    let done = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(done.generation, 3);
    assert!(core.handle().status().refused.is_none());
}

/// Nobody tells the core, and nobody asks it again.
#[test]
fn a_reload_that_failed_is_tried_again() {
    let (server, core, reloaded) = after(|script| script.publish(b"<DialRules>", b"<DialRules/>"));
    assert!(reloaded.is_err());
    server.script().publish(&prefix("3"), b"<DialRules/>");
    dials(&core, "3");
}

#[test]
fn what_a_server_says_is_told_in_one_short_line() {
    let (_server, core, reloaded) = after(|script| {
        let field = "\\u001b[2J\\n".repeat(100_000);
        let manifest = format!("{{\"generation\": 2, \"{field}\": 1}}").into_bytes();
        script.instead.insert("manifest.json".to_owned(), (200, manifest));
    });
    let refusal = reloaded.unwrap_err();
    assert_eq!(refusal.reason.word(), "bad-manifest", "{refusal}");
    let status = core.handle().status();
    let told = status.news(&Status::default()).join("\n");
    let detail = status.refused.unwrap().detail;
    for line in [&refusal.detail, &detail] {
        assert!(line.chars().count() <= DETAIL_CHARACTERS, "{line}");
        assert!(line.contains("unknown field") && line.contains("[2J"), "{line}");
    }
    assert!(!told.contains('\u{1b}') && told.contains("unknown field"), "{told}");
}

#[test]
fn a_server_that_never_comes_to_an_end_is_left() {
    let (first, second) = (Scripted::new(), Scripted::published());
    first.script().trickling.push("manifest.json".to_owned());
    let mut settings = crate::scripted::quick(vec![first.server(), second.server()]);
    settings.times.file = Duration::from_millis(500);
    let core = Core::open(settings).unwrap();
    dials(&core, "1");
}

#[test]
fn the_next_server_may_have_what_the_first_has_not() {
    let (first, second) = (Scripted::new(), Scripted::published());
    let settings = crate::scripted::quick(vec![first.server(), second.server()]);
    let core = Core::open(settings).unwrap();
    dials(&core, "1");
    assert_eq!(core.handle().status().server, second.server().to_string());
    // the first one comes back with something old, the second one goes on
    first.script().publish_as(1, &prefix("8"), b"<DialRules/>");
    second.script().publish(&prefix("2"), b"<DialRules/>");
    core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(dial(&core, "5551212"), "25551212");
}

#[test]
fn another_view_of_the_same_generation_is_taken() {
    let server = Scripted::published();
    let (default, dallas) = (prefix("1"), prefix("8"));
    server.script().publish_for_two(5, &default, &dallas);
    let core = server.core();
    dials(&core, "1");
    // the laptop has moved to Dallas: same generation, other files
    server.script().files.insert(APPLICATION.into(), dallas);
    let done = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!((done.generation, done.changed), (5, true));
    assert_eq!(dial(&core, "5551212"), "85551212");
}

#[test]
fn a_server_without_a_manifest() {
    let server = Scripted::new();
    server.script().files.insert(APPLICATION.into(), prefix("4"));
    let core = server.core();
    dials(&core, "4");
    let status = core.handle().status();
    assert_eq!((status.generation, status.has_rules), (0, true));
    server.script().files.insert(APPLICATION.into(), b"<html/>".to_vec());
    let refusal = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(refusal.reason.word(), "invalid-file");
    server.script().files.insert(APPLICATION.into(), Vec::new());
    let refusal = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(refusal.reason.word(), "invalid-file");
    assert_eq!(dial(&core, "5551212"), "45551212");
    server.script().files.insert(APPLICATION.into(), prefix("5"));
    core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(dial(&core, "5551212"), "55551212");
}

#[test]
fn a_pinned_key_must_have_signed() {
    let keys = || {
        let (secret, public) = new_keys().unwrap();
        (SigningKey::parse(&secret).unwrap(), PublicKey::parse(&public).unwrap())
    };
    let ((secret, public), (stranger, _)) = (keys(), keys());
    let statement =
        |generation, expires| Statement { timestamp: 1, generation: Some(generation), expires };
    let server = Scripted::published();
    server.script().events = Events::NotThere;
    server.script().sign(&secret, &statement(1, None));
    let settings =
        Settings { key: Some(public), poll: Duration::from_secs(3600), ..server.settings() };
    let core = Core::open(settings).unwrap();
    dials(&core, "1");
    let reload = || core.handle().reload(Duration::from_secs(60));
    let refused = |what: &str, reason: &str| {
        let refusal = reload().expect_err(what);
        assert_eq!(refusal.reason.word(), reason, "{what}: {refusal}");
        assert_eq!(dial(&core, "5551212"), "15551212", "{what}");
    };
    server.script().publish(&prefix("2"), b"<DialRules/>");
    refused("no signature", "bad-signature");
    server.script().sign(&stranger, &statement(2, None));
    refused("another key", "bad-signature");
    server.script().sign(&secret, &statement(2, Some(1_700_000_000)));
    refused("expired", "expired");
    server.script().sign(&secret, &statement(7, None));
    refused("the signature of another generation", "bad-signature");
    let old = server.script().files["manifest.json.minisig"].clone();
    server.script().publish(&prefix("2"), b"<DialRules/>");
    server.script().files.insert("manifest.json.minisig".into(), old);
    refused("the signature of another manifest", "bad-signature");
    server.script().sign(&secret, &statement(3, Some(u64::MAX)));
    assert_eq!(reload().unwrap().generation, 3);
    assert_eq!(core.handle().status().expires, Some(u64::MAX));
    // what was signed once is signed for ever; it is the number that forbids the way back
    server.script().publish_as(2, &prefix("9"), b"<DialRules/>");
    server.script().sign(&secret, &statement(2, None));
    assert_eq!(reload().unwrap_err().reason.word(), "older");
}
