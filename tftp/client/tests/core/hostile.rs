//! Servers that lie, hang or send too much. The core keeps its rules, and takes the next newer
//! generation that verifies.

use std::io::Read;
use std::net::TcpListener;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adr_bundle::signature::{PublicKey, SigningKey, Statement, new_keys};
use adr_client::follow::Transport;
use adr_client::freshness::Freshness;
use adr_client::snapshot::APPLICATION;
use adr_client::{Core, Server, Settings, Status};
use adr_kit::http_server::HttpServer;

use crate::dialing::{
    dial, patient_settings, quick_settings, wait_for_prefix, wait_for_transport, wait_until,
};
use crate::script::{Events, prefix};
use crate::scripted_server::ScriptedServer;

/// A core that follows the server and asks only because of announcements.
fn following_core(server: &ScriptedServer, servers: Vec<Server>) -> Core {
    let core = Core::open(patient_settings(servers)).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    wait_until("reports", || !server.script().reports.is_empty());
    core
}

#[test]
fn forged_state_stops_no_later_generation() {
    let forged = [
        (u64::MAX, 0),
        (u64::MAX, u64::MAX),
        (u64::MAX - 1, 3_600_000),
        (2, u64::MAX),
        (3, 0),
        (100, 20_000),
    ];
    for (generation, window) in forged {
        let server = ScriptedServer::published();
        let core = following_core(&server, vec![server.address()]);
        let state = format!(
            "{{\"generation\":{generation},\"sha256\":\"{}\",\"window\":{window}}}",
            "ab".repeat(32)
        );
        server.script().forged.push(state);
        wait_until("sends the forged state", || server.script().forged.is_empty());
        for generation in 2..5 {
            server.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
            wait_for_prefix(&core, &generation.to_string());
        }
        assert_eq!(core.handle().status().refused, None);
    }
}

/// The server is restored from a backup between announcement and fetch: it announced generation 4,
/// and has only a new generation 2.
#[test]
fn restored_server_is_followed() {
    let server = ScriptedServer::published();
    let core = following_core(&server, vec![server.address()]);
    server.script().forged.push(format!(
        "{{\"generation\":4,\"sha256\":\"{}\",\"window\":3600000}}",
        "cd".repeat(32)
    ));
    wait_until("announces generation 4", || server.script().forged.is_empty());
    server.script().publish_as(2, &prefix("5"), b"<DialRules/>");
    wait_for_prefix(&core, "5");
    assert_eq!(core.handle().status().generation, 2);
}

/// A lost announcement: the stream lives, and says nothing about the new generation.
#[test]
fn generation_that_was_never_announced_is_found_by_the_check() {
    let server = ScriptedServer::published();
    server.script().events = Events::Silent;
    let mut settings = server.settings();
    settings.timing.first_event_timeout = Duration::from_secs(600);
    settings.timing.idle_timeout = Duration::from_secs(600);
    let core = Core::open(settings).unwrap();
    wait_for_prefix(&core, "1");
    wait_for_transport(&core, Transport::Events);
    server.script().publish(&prefix("2"), b"<DialRules/>");
    wait_for_prefix(&core, "2");
    assert_eq!(server.script().count("GET /-/events"), 1, "it reconnected");
}

/// The first server accepts connections and never answers.
#[test]
fn hung_first_server_does_not_keep_later_generations_waiting() {
    let hung = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", hung.local_addr().unwrap());
    let server = ScriptedServer::published();
    let servers = vec![Server::parse(&address).unwrap(), server.address()];
    let core = following_core(&server, servers);
    hung.set_nonblocking(true).unwrap();
    while hung.accept().is_ok() {}
    let generations = 2..12;
    for generation in generations.clone() {
        server.script().publish(&prefix(&generation.to_string()), b"<DialRules/>");
        wait_for_prefix(&core, &generation.to_string());
    }
    // it may get the standby stream, and no round asks it first; on a machine that is busy, the
    // other server may be slow in a round, and then this one is asked as well
    let mut asked = 0;
    while let Ok((mut stream, _)) = hung.accept() {
        let mut request = [0; 24];
        stream.set_nonblocking(false).unwrap();
        stream.read_exact(&mut request).unwrap();
        match &request {
            b"GET /-/events?standby=1 " => {}
            b"GET /manifest.json HTTP/" => asked += 1,
            other => panic!("{}", String::from_utf8_lossy(other)),
        }
    }
    assert!(asked < generations.count(), "asked in each of ten rounds");
}

/// Files that come with an event are verified while a round waits for a server.
#[test]
fn files_of_an_event_do_not_wait_for_a_round() {
    let server = ScriptedServer::published();
    let core = following_core(&server, vec![server.address()]);
    let before = server.script().count("GET /manifest.json");
    server.script().manifest_delay = Duration::from_secs(600);
    let handle = core.handle().clone();
    std::thread::spawn(move || handle.reload(Duration::from_secs(1)));
    wait_until("asks", || server.script().count("GET /manifest.json") > before);
    {
        let mut script = server.script();
        script.publish(&prefix("2"), b"<DialRules/>");
        script.enclosed = script.files.clone();
    }
    wait_for_prefix(&core, "2");
}

#[test]
fn file_above_the_limit_is_rejected_whatever_the_manifest_says() {
    let server = ScriptedServer::published();
    let core = following_core(&server, vec![server.address()]);
    let mut large = prefix("2");
    large.resize(17 << 20, b' ');
    server.script().publish(&large, b"<DialRules/>");
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(rejection.reason().word(), "unreachable", "{rejection}");
    assert!(rejection.to_string().contains("more than 16777216 bytes"), "{rejection}");
    assert_eq!(dial(&core, "5551212"), "15551212");
}

#[test]
fn endless_file_is_read_only_up_to_the_size_in_the_manifest() {
    let server = ScriptedServer::published();
    let core = following_core(&server, vec![server.address()]);
    server.script().publish(&prefix("2"), b"<DialRules/>");
    let size = server.script().files[APPLICATION].len();
    server.script().overrides.insert(APPLICATION.to_owned(), (200, vec![b' '; 1 << 20]));
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    let expected = format!("more than {size} bytes");
    assert!(rejection.to_string().contains(&expected), "{rejection}");
}

#[test]
fn value_of_more_than_100_characters_makes_a_file_invalid() {
    let server = ScriptedServer::published();
    let core = following_core(&server, vec![server.address()]);
    server.script().publish(&prefix(&"9".repeat(101)), b"<DialRules/>");
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(rejection.reason().word(), "invalid-file", "{rejection}");
    assert!(rejection.to_string().contains("more than 100 characters"), "{rejection}");
    server.script().publish(&prefix(&"9".repeat(100)), b"<DialRules/>");
    core.handle().reload(Duration::from_secs(60)).unwrap();
}

/// A stream that is endless, and no event: the core ends it and asks another server.
#[test]
fn endless_stream_is_ended() {
    let flood = HttpServer::new(|request, connection| {
        if !request.path.starts_with("/-/events") {
            connection.not_found();
            return;
        }
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
        while connection.send(&[b'\n'; 64 * 1024]) {}
    });
    let server = ScriptedServer::published();
    let flood = Server::parse(&format!("http://{}/", flood.address())).unwrap();
    let mut settings = quick_settings(vec![flood, server.address()]);
    // on a slow machine, too, the core reads more than it accepts in this time
    settings.timing.first_event_timeout = Duration::from_secs(60);
    let core = Core::open(settings).unwrap();
    wait_for_transport(&core, Transport::Events);
    wait_for_prefix(&core, "1");
}

/// Somebody replays an old generation for as long as its signature is valid.
#[test]
fn signature_near_its_end_shows_in_the_status() {
    let (secret, public) = new_keys().unwrap();
    let secret = SigningKey::parse(&secret).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let statement = |generation, timestamp| Statement {
        timestamp,
        generation: Some(generation),
        expires: Some(now + 10_000),
        ..Statement::default()
    };
    let server = ScriptedServer::published();
    server.script().sign(&secret, &statement(1, now - 40_000));
    let key = Some(PublicKey::parse(&public).unwrap());
    let core = Core::open(Settings { key, ..server.settings() }).unwrap();
    wait_for_prefix(&core, "1");
    wait_until("says so", || core.handle().status().freshness == Freshness::Expiring);
    let lines = core.handle().status().changes_since(&Status::default());
    assert!(lines.iter().any(|line| line.contains("expires soon")), "{lines:?}");
    let reported = || server.script().reports.last().map(|report| report["freshness"].clone());
    wait_until("reports it", || reported().is_some_and(|freshness| freshness == "expiring"));
    // a renewed signature of the same manifest, and then the older one again
    server.script().sign(&secret, &statement(1, now));
    wait_until("is renewed", || core.handle().status().freshness == Freshness::Current);
    wait_until("reports it", || reported().is_some_and(|freshness| freshness == "current"));
    server.script().sign(&secret, &statement(1, now - 40_000));
    let reloaded = core.handle().reload(Duration::from_secs(60)).unwrap();
    assert!(!reloaded.changed, "the older signature was taken");
    assert_eq!(core.handle().status().freshness, Freshness::Current);
    server.script().publish(&prefix("2"), b"<DialRules/>");
    server.script().sign(&secret, &statement(2, now));
    wait_until("is current again", || core.handle().status().freshness == Freshness::Current);
}
