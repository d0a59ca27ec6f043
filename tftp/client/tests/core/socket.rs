//! The control socket, or pipe: its owner, strangers, and an owner's program that has gone wrong.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
#[cfg(windows)]
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use adr_client::control::client::{Answered, Client};
use adr_client::control::{CONNECTIONS, Stream};
use adr_client::core::{Core, Settings};
use serde_json::{Value, json};

use crate::scripted::{Scripted, dials, eventually, prefix};

const WAIT: Duration = Duration::from_secs(60);

pub(crate) struct Room {
    core: Core,
    pub(crate) server: Scripted,
    pub(crate) folder: tempfile::TempDir,
}

impl Room {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Scripted::published();
        let core =
            Core::open(Settings { socket: Some(place(&folder)), ..server.settings() }).unwrap();
        dials(&core, "1");
        Self { core, server, folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        place(&self.folder)
    }

    fn stream(&self) -> Stream {
        let stream = Stream::connect(self.path()).unwrap();
        stream.set_read_timeout(Some(WAIT)).unwrap();
        stream
    }

    /// Sends a line and reads one.
    fn ask(&self, request: &str) -> Value {
        talk(&mut BufReader::new(self.stream()), request)
    }
}

#[cfg(unix)]
fn place(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("core.sock")
}

/// A pipe lies in no folder, but the folder has a name that nothing else has.
#[cfg(windows)]
fn place(folder: &tempfile::TempDir) -> PathBuf {
    Path::new(r"\\.\pipe\").join(folder.path().file_name().unwrap())
}

fn talk(stream: &mut BufReader<Stream>, request: &str) -> Value {
    stream.get_mut().write_all(format!("{request}\n").as_bytes()).unwrap();
    hear(stream)
}

fn hear(stream: &mut BufReader<Stream>) -> Value {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"))
}

#[test]
fn every_verb() {
    let room = Room::new();
    let hello = room.ask(r#"{"verb": "hello"}"#);
    assert_eq!((&hello["ok"], &hello["protocol"]), (&json!(true), &json!(1)));
    let dialled = room.ask(r#"{"verb": "dial", "number": "5551212", "id": "a"}"#);
    assert_eq!(dialled, json!({"ok": true, "result": "15551212", "rule": 1, "id": "a"}));
    let dialled = room.ask(r#"{"verb": "dial", "number": "911"}"#);
    assert_eq!(dialled, json!({"ok": true, "result": "911", "rule": null}));
    let raw = room.ask(r#"{"verb": "dial", "number": "555-1212"}"#);
    assert_eq!(raw["result"], "555-1212");
    let cleaned = room.ask(r#"{"verb": "dial", "number": "555-1212", "clean": true}"#);
    assert_eq!(cleaned["result"], "15551212");
    let pasted = room
        .ask("{\"verb\": \"dial\", \"number\": \"tel:555\u{2011}1212;ext=7\", \"clean\": true}");
    assert_eq!(
        pasted,
        json!({"ok": true, "result": "15551212", "rule": 1, "remark": "`;ext=7` is cut"})
    );
    let letters = r#"{"verb": "dial", "number": "555-CALL", "clean": true, "letters": true}"#;
    assert_eq!(room.ask(letters), json!({"ok": true, "result": "15552255", "rule": 1}));
    let looked_up = room.ask(r#"{"verb": "lookup", "number": "5551212"}"#);
    assert_eq!(looked_up["result"], "5551212");
    let status = room.ask(r#"{"verb": "status"}"#);
    assert_eq!((&status["status"]["generation"], &status["ok"]), (&json!(1), &json!(true)));
    room.server.script().publish(&prefix("2"), b"<DialRules/>");
    let reloaded = room.ask(r#"{"verb": "reload", "id": 7}"#);
    assert_eq!(
        (&reloaded["ok"], &reloaded["generation"], &reloaded["id"]),
        (&json!(true), &json!(2), &json!(7))
    );
    assert_eq!(room.ask(r#"{"verb": "dial", "number": "5551212"}"#)["result"], "25551212");
    room.server.script().publish(b"<html/>", b"<DialRules/>");
    let refused = room.ask(r#"{"verb": "reload"}"#);
    assert_eq!((&refused["ok"], &refused["code"]), (&json!(false), &json!("invalid-file")));
}

#[test]
fn a_subscriber_hears_of_the_next_generation() {
    let room = Room::new();
    let mut stream = BufReader::new(room.stream());
    let first = talk(&mut stream, r#"{"verb": "subscribe"}"#);
    assert_eq!(first["status"]["generation"], 1);
    room.server.script().publish(&prefix("2"), b"<DialRules/>");
    loop {
        let news = hear(&mut stream);
        assert_eq!(news["event"], "status");
        if news["status"]["generation"] == 2 {
            break;
        }
    }
    // and can still dial on the same connection
    stream.get_mut().write_all(b"{\"verb\": \"dial\", \"number\": \"5551212\"}\n").unwrap();
    let answer = std::iter::repeat_with(|| hear(&mut stream))
        .find(|answer| answer["event"].is_null())
        .unwrap();
    assert_eq!(answer["result"], "25551212");
}

#[test]
fn what_is_no_request_is_answered_and_not_repeated() {
    let room = Room::new();
    let mut stream = BufReader::new(room.stream());
    for line in [
        "",
        "dial 5551212",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"verb": 5551212}"#,
        r#"{"verb": "dial"}"#,
        r#"{"verb": "dial", "number": 5551212}"#,
        r#"{"verb": "call-5551212", "number": "5551212"}"#,
        "\u{0}\u{1}5551212",
    ] {
        let answer = talk(&mut stream, line);
        assert_eq!(answer["ok"], json!(false), "{line}");
        let code = answer["code"].as_str().unwrap();
        assert!(["bad-request", "unknown-verb"].contains(&code), "{line}: {answer}");
        assert!(!answer.to_string().contains("5551212"), "{answer}");
    }
    stream.get_mut().write_all(b"\xff\xfe\n").unwrap();
    assert_eq!(hear(&mut stream)["code"], "bad-request");
    assert_eq!(talk(&mut stream, r#"{"verb": "dial", "number": "5551212"}"#)["result"], "15551212");
}

#[test]
fn many_requests_at_once_are_answered_in_order() {
    let room = Room::new();
    let mut stream = BufReader::new(room.stream());
    let requests: String = (0..200)
        .map(|id| format!("{{\"verb\": \"dial\", \"number\": \"5551212\", \"id\": {id}}}\n"))
        .collect();
    stream.get_mut().write_all(requests.as_bytes()).unwrap();
    for id in 0..200 {
        assert_eq!(hear(&mut stream)["id"], id);
    }
}

#[test]
fn a_huge_line_ends_only_its_connection() {
    let room = Room::new();
    let mut stream = room.stream();
    let mut other = BufReader::new(room.stream());
    let block = [b'9'; 1 << 16];
    // 100 MB, or until the core hangs up
    let ended = (0..1600).find_map(|_| stream.write_all(&block).err());
    assert!(ended.is_some_and(|error| matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
    )));
    assert_eq!(talk(&mut other, r#"{"verb": "dial", "number": "5551212"}"#)["result"], "15551212");
    let mut stream = room.stream();
    stream.write_all(&[b'9'; 9000]).unwrap();
    let mut said = String::new();
    let _ = stream.read_to_string(&mut said);
    assert!(said.contains("too-long"), "{said}");
}

#[test]
fn a_line_without_an_end_is_not_waited_for_for_ever() {
    let room = Room::new();
    let mut stream = room.stream();
    stream.write_all(b"{\"verb\": ").unwrap();
    let mut silent = room.stream();
    for stream in [&mut stream, &mut silent] {
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(said.contains("too-slow"), "{said}");
    }
}

#[test]
fn a_thousand_connections() {
    let room = Room::new();
    let mut first = BufReader::new(room.stream());
    assert_eq!(talk(&mut first, r#"{"verb": "hello"}"#)["ok"], json!(true));
    let mut many: Vec<Stream> = (0..1000).map(|_| room.stream()).collect();
    let mut refused = 0;
    for stream in &mut many {
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut said = String::new();
        let _ = BufReader::new(stream).read_line(&mut said);
        refused += usize::from(said.contains("busy"));
    }
    assert!((1000 - CONNECTIONS..1000).contains(&refused), "{refused} were refused");
    // whoever was in stays in
    assert_eq!(talk(&mut first, r#"{"verb": "dial", "number": "5551212"}"#)["result"], "15551212");
    drop(many);
    eventually("there is room again", || {
        let mut client = Client::connect(&room.path()).unwrap();
        matches!(client.number("dial", "5551212", WAIT), Ok(Answered::Yes(_)))
    });
}

#[test]
fn whoever_does_not_read_is_not_waited_for_and_hung_up_on() {
    let room = Room::new();
    let mut stream = room.stream();
    stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    // more answers than a socket holds
    for _ in 0..100_000 {
        if stream.write_all(b"{\"verb\": \"status\"}\n").is_err() {
            break;
        }
    }
    let mut other = Client::connect(&room.path()).unwrap();
    assert!(matches!(other.number("dial", "5551212", WAIT), Ok(Answered::Yes(_))));
    stream.set_write_timeout(Some(WAIT)).unwrap();
    let ended = (0..100_000).find_map(|_| stream.write_all(b"{\"verb\": \"status\"}\n").err());
    assert!(
        ended.as_ref().is_some_and(|error| matches!(
            error.kind(),
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
        )),
        "{ended:?}"
    );
}

#[test]
fn a_socket_has_one_core() {
    let room = Room::new();
    let second = Core::open(Settings { socket: Some(room.path()), ..room.server.settings() });
    let refused = second.unwrap_err();
    assert!(refused.to_string().contains("another core answers here"), "{refused}");
    assert_eq!(room.ask(r#"{"verb": "hello"}"#)["ok"], json!(true));
    let Room { core, server, folder } = room;
    drop(core);
    let next = Core::open(Settings { socket: Some(place(&folder)), ..server.settings() });
    assert!(next.is_ok(), "its name goes with the core");
    assert!(Client::connect(&place(&folder)).is_ok());
}

#[test]
fn nobody_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let error = Client::connect(&place(&folder)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_number_is_nowhere_in_the_status() {
    let room = Room::new();
    room.ask(r#"{"verb": "dial", "number": "5551212"}"#);
    let status = room.ask(r#"{"verb": "status"}"#).to_string();
    assert!(!status.contains("5551212"), "{status}");
    drop(room.core);
}
