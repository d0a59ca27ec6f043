//! Candidates that a core must reject, and what it accepts afterwards.

use std::time::Duration;

use adr_bundle::signature::{PublicKey, SigningKey, Statement, new_keys};
use adr_client::snapshot::{APPLICATION, LOOKUP};
use adr_client::{Core, ReloadResult, Settings, Status};
use adr_protocol::DETAIL_CHARACTERS;

use crate::dialing::{dial, quick_settings, wait_for_prefix};
use crate::script::{Events, Script, prefix};
use crate::scripted_server::ScriptedServer;

/// A core that runs generation 1, and the result of a reload after a change of the server.
fn reload_after(change: impl FnOnce(&mut Script)) -> (ScriptedServer, Core, ReloadResult) {
    let server = ScriptedServer::published();
    server.script().events = Events::Missing;
    let core =
        Core::open(Settings { poll_interval: Duration::from_secs(3600), ..server.settings() })
            .unwrap();
    wait_for_prefix(&core, "1");
    change(&mut server.script());
    let reloaded = core.handle().reload(Duration::from_secs(60));
    (server, core, reloaded)
}

#[test]
fn bad_candidate_does_not_replace_a_good_snapshot() {
    let html = b"<html><body>404 Not Found</body></html>".to_vec();
    type Change = Box<dyn FnOnce(&mut Script) + Send>;
    let instead = |path: &'static str, status, body: Vec<u8>| -> Change {
        Box::new(move |script| {
            script.publish(&prefix("2"), b"<DialRules/>");
            script.overrides.insert(path.to_owned(), (status, body));
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
        ("a manifest that is gone", "bad-manifest", instead("manifest.json", 404, Vec::new())),
        ("no access", "unreachable", instead("manifest.json", 403, Vec::new())),
        ("a server in trouble", "unreachable", instead("manifest.json", 503, Vec::new())),
        (
            "a manifest that never ends",
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
            "a file that softphones reject",
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
    // in parallel, because each core waits between its attempts
    std::thread::scope(|scope| {
        for (what, reason, change) in bad {
            std::thread::Builder::new()
                .spawn_scoped(scope, move || {
                    let (_server, core, reloaded) = reload_after(|script| change(script));
                    let rejection = reloaded.expect_err(what);
                    assert_eq!(rejection.reason().word(), reason, "{what}: {rejection}");
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
fn corrected_candidate_is_accepted() {
    let (server, core, reloaded) =
        reload_after(|script| script.publish(b"<DialRules>", b"<DialRules/>"));
    assert!(reloaded.is_err());
    server.script().publish(&prefix("3"), b"<DialRules/>");
    let done = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(done.generation, 3);
    assert!(core.handle().status().refused.is_none());
}

/// Without an announcement, and without another reload.
#[test]
fn failed_reload_is_retried() {
    let (server, core, reloaded) =
        reload_after(|script| script.publish(b"<DialRules>", b"<DialRules/>"));
    assert!(reloaded.is_err());
    server.script().publish(&prefix("3"), b"<DialRules/>");
    wait_for_prefix(&core, "3");
}

#[test]
fn text_from_a_server_becomes_one_short_line() {
    let (_server, core, reloaded) = reload_after(|script| {
        let field = "\\u001b[2J\\n".repeat(70_000);
        let manifest = format!("{{\"generation\": 2, \"{field}\": 1}}").into_bytes();
        script.overrides.insert("manifest.json".to_owned(), (200, manifest));
    });
    let rejection = reloaded.unwrap_err();
    assert_eq!(rejection.reason().word(), "bad-manifest", "{rejection}");
    let status = core.handle().status();
    let log = status.changes_since(&Status::default()).join("\n");
    let detail = status.refused.unwrap().detail;
    for line in [&rejection.detail(), &detail] {
        assert!(line.chars().count() <= DETAIL_CHARACTERS, "{line}");
        assert!(line.contains("unknown field") && line.contains("[2J"), "{line}");
    }
    assert!(!log.contains('\u{1b}') && log.contains("unknown field"), "{log}");
}

#[test]
fn server_that_never_completes_a_file_is_skipped() {
    let (first, second) = (ScriptedServer::new(), ScriptedServer::published());
    first.script().slow_files.push("manifest.json".to_owned());
    let mut settings = quick_settings(vec![first.address(), second.address()]);
    settings.timing.file_timeout = Duration::from_millis(500);
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
}

#[test]
fn next_server_is_asked_after_a_rejection() {
    let (first, second) = (ScriptedServer::new(), ScriptedServer::published());
    let settings = quick_settings(vec![first.address(), second.address()]);
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
    assert_eq!(core.handle().status().server, second.address().to_string());
    // the first server comes back with an old generation, the second has a later one
    first.script().publish_as(1, &prefix("8"), b"<DialRules/>");
    second.script().publish(&prefix("2"), b"<DialRules/>");
    core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(dial(&core, "5551212"), "25551212");
}

#[test]
fn other_view_of_the_same_generation_is_accepted() {
    let server = ScriptedServer::published();
    let (default, dallas) = (prefix("1"), prefix("8"));
    server.script().publish_views(5, &default, &dallas);
    let core = server.core();
    wait_for_prefix(&core, "1");
    // the laptop has moved to Dallas: same generation, other files
    server.script().files.insert(APPLICATION.into(), dallas);
    let done = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!((done.generation, done.changed), (5, true));
    assert_eq!(dial(&core, "5551212"), "85551212");
}

#[test]
fn server_without_a_manifest_is_accepted_until_its_files_are_invalid() {
    let server = ScriptedServer::new();
    server.script().files.insert(APPLICATION.into(), prefix("4"));
    let core = server.core();
    wait_for_prefix(&core, "4");
    let status = core.handle().status();
    assert_eq!((status.generation, status.has_rules), (0, true));
    server.script().files.insert(APPLICATION.into(), b"<html/>".to_vec());
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(rejection.reason().word(), "invalid-file");
    server.script().files.insert(APPLICATION.into(), Vec::new());
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(rejection.reason().word(), "invalid-file");
    assert_eq!(dial(&core, "5551212"), "45551212");
    server.script().files.insert(APPLICATION.into(), prefix("5"));
    core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(dial(&core, "5551212"), "55551212");
}

#[test]
fn candidate_without_the_signature_of_the_pinned_key_is_rejected() {
    let keys = || {
        let (secret, public) = new_keys().unwrap();
        (SigningKey::parse(&secret).unwrap(), PublicKey::parse(&public).unwrap())
    };
    let ((secret, public), (other, _)) = (keys(), keys());
    let statement = |generation, expires| Statement {
        timestamp: 1,
        generation: Some(generation),
        expires,
        ..Statement::default()
    };
    let server = ScriptedServer::published();
    server.script().events = Events::Missing;
    server.script().sign(&secret, &statement(1, None));
    let settings = Settings {
        key: Some(public),
        poll_interval: Duration::from_secs(3600),
        ..server.settings()
    };
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
    let reload = || core.handle().reload(Duration::from_secs(60));
    let check_rejection = |what: &str, reason: &str| {
        let rejection = reload().expect_err(what);
        assert_eq!(rejection.reason().word(), reason, "{what}: {rejection}");
        assert_eq!(dial(&core, "5551212"), "15551212", "{what}");
    };
    server.script().publish(&prefix("2"), b"<DialRules/>");
    check_rejection("no signature", "bad-signature");
    server.script().sign(&other, &statement(2, None));
    check_rejection("another key", "bad-signature");
    server.script().sign(&secret, &statement(2, Some(1_700_000_000)));
    check_rejection("expired", "expired");
    server.script().sign(&secret, &statement(7, None));
    check_rejection("the signature of another generation", "bad-signature");
    let old = server.script().files["manifest.json.minisig"].clone();
    server.script().publish(&prefix("2"), b"<DialRules/>");
    server.script().files.insert("manifest.json.minisig".into(), old);
    check_rejection("the signature of another manifest", "bad-signature");
    server.script().sign(&secret, &statement(3, Some(u64::MAX)));
    assert_eq!(reload().unwrap().generation, 3);
    assert_eq!(core.handle().status().expires, Some(u64::MAX));
    // an old signature stays valid; the generation number prevents a step back
    server.script().publish_as(2, &prefix("9"), b"<DialRules/>");
    server.script().sign(&secret, &statement(2, None));
    assert_eq!(reload().unwrap_err().reason().word(), "older");
}
