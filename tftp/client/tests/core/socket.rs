//! The control socket, or pipe: its protocol, and applications that misbehave.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
#[cfg(windows)]
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use adr_client::control::Stream;
use adr_client::control::client::{Client, Reply};
use adr_client::control::limits::{MAX_CONNECTIONS, MAX_WAITING_RELOADS};
use adr_client::{Core, Settings};
use serde_json::{Value, json};

use crate::dialing::{wait_for_prefix, wait_until};
use crate::script::prefix;
use crate::scripted_server::ScriptedServer;

pub(crate) const WAIT: Duration = Duration::from_secs(60);

/// Connections of a test that opens too many. Those of Windows have a runtime each.
const MANY: usize = if cfg!(windows) { 150 } else { 1000 };

/// How long a look at a connection takes that was not refused so far.
const REFUSAL_WAIT: Duration = Duration::from_millis(if cfg!(windows) { 250 } else { 20 });

/// A core that runs generation 1, its server, and the folder of its socket.
pub(crate) struct Fixture {
    pub(crate) core: Core,
    pub(crate) server: ScriptedServer,
    pub(crate) folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = ScriptedServer::published();
        let core = Core::open(Settings { socket: Some(socket_path(&folder)), ..server.settings() })
            .unwrap();
        wait_for_prefix(&core, "1");
        Self { core, server, folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        socket_path(&self.folder)
    }

    pub(crate) fn stream(&self) -> Stream {
        let stream = Stream::connect(self.path()).unwrap();
        stream.set_read_timeout(Some(WAIT)).unwrap();
        stream
    }

    /// Sends a line on a new connection, and reads one.
    fn ask(&self, request: &str) -> Value {
        ask(&mut BufReader::new(self.stream()), request)
    }
}

#[cfg(unix)]
fn socket_path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("core.sock")
}

/// A pipe is not in the folder, but uses its unique name.
#[cfg(windows)]
fn socket_path(folder: &tempfile::TempDir) -> PathBuf {
    Path::new(r"\\.\pipe\").join(folder.path().file_name().unwrap())
}

/// Sends a line and reads one.
fn ask(stream: &mut BufReader<Stream>, request: &str) -> Value {
    stream.get_mut().write_all(format!("{request}\n").as_bytes()).unwrap();
    read(stream)
}

/// Reads a line.
fn read(stream: &mut BufReader<Stream>) -> Value {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"))
}

#[test]
fn each_verb_is_answered() {
    let fixture = Fixture::new();
    let hello = fixture.ask(r#"{"verb": "hello"}"#);
    assert_eq!((&hello["ok"], &hello["protocol"]), (&json!(true), &json!(2)));
    let dialed = fixture.ask(r#"{"verb": "dial", "number": "5551212", "id": "a"}"#);
    assert_eq!(dialed, json!({"ok": true, "result": "15551212", "rule": 1, "id": "a"}));
    let dialed = fixture.ask(r#"{"verb": "dial", "number": "911"}"#);
    assert_eq!(dialed, json!({"ok": true, "result": "911", "rule": null}));
    let raw = fixture.ask(r#"{"verb": "dial", "number": "555-1212"}"#);
    assert_eq!(raw["result"], "555-1212");
    let cleaned = fixture.ask(r#"{"verb": "dial", "number": "555-1212", "clean": true}"#);
    assert_eq!(cleaned["result"], "15551212");
    let pasted = fixture
        .ask("{\"verb\": \"dial\", \"number\": \"tel:555\u{2011}1212;ext=7\", \"clean\": true}");
    assert_eq!(
        pasted,
        json!({"ok": true, "result": "15551212", "rule": 1, "remark": "`;ext=7` is cut"})
    );
    let letters = r#"{"verb": "dial", "number": "555-CALL", "clean": true, "letters": true}"#;
    assert_eq!(fixture.ask(letters), json!({"ok": true, "result": "15552255", "rule": 1}));
    let looked_up = fixture.ask(r#"{"verb": "lookup", "number": "5551212"}"#);
    assert_eq!(looked_up["result"], "5551212");
    let status = fixture.ask(r#"{"verb": "status"}"#);
    assert_eq!((&status["status"]["generation"], &status["ok"]), (&json!(1), &json!(true)));
    fixture.server.script().publish(&prefix("2"), b"<DialRules/>");
    let reloaded = fixture.ask(r#"{"verb": "reload", "id": 7}"#);
    assert_eq!(
        (&reloaded["ok"], &reloaded["generation"], &reloaded["id"]),
        (&json!(true), &json!(2), &json!(7))
    );
    assert_eq!(fixture.ask(r#"{"verb": "dial", "number": "5551212"}"#)["result"], "25551212");
    fixture.server.script().publish(b"<html/>", b"<DialRules/>");
    let refused = fixture.ask(r#"{"verb": "reload"}"#);
    assert_eq!((&refused["ok"], &refused["code"]), (&json!(false), &json!("invalid-file")));
}

#[test]
fn subscriber_receives_the_next_generation() {
    let fixture = Fixture::new();
    let mut stream = BufReader::new(fixture.stream());
    let first = ask(&mut stream, r#"{"verb": "subscribe"}"#);
    assert_eq!(first["status"]["generation"], 1);
    fixture.server.script().publish(&prefix("2"), b"<DialRules/>");
    loop {
        let message = read(&mut stream);
        assert_eq!(message["event"], "status");
        if message["status"]["generation"] == 2 {
            break;
        }
    }
    // the connection still answers requests
    stream.get_mut().write_all(b"{\"verb\": \"dial\", \"number\": \"5551212\"}\n").unwrap();
    let reply = std::iter::repeat_with(|| read(&mut stream))
        .find(|reply| reply["event"].is_null())
        .unwrap();
    assert_eq!(reply["result"], "25551212");
}

#[test]
fn invalid_request_is_answered_and_not_repeated() {
    let fixture = Fixture::new();
    let mut stream = BufReader::new(fixture.stream());
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
        let reply = ask(&mut stream, line);
        assert_eq!(reply["ok"], json!(false), "{line}");
        let code = reply["code"].as_str().unwrap();
        assert!(["bad-request", "unknown-verb"].contains(&code), "{line}: {reply}");
        assert!(!reply.to_string().contains("5551212"), "{reply}");
    }
    stream.get_mut().write_all(b"\xff\xfe\n").unwrap();
    assert_eq!(read(&mut stream)["code"], "bad-request");
    assert_eq!(ask(&mut stream, r#"{"verb": "dial", "number": "5551212"}"#)["result"], "15551212");
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let fixture = Fixture::new();
    let mut stream = BufReader::new(fixture.stream());
    let requests: String = (0..200)
        .map(|id| format!("{{\"verb\": \"dial\", \"number\": \"5551212\", \"id\": {id}}}\n"))
        .collect();
    stream.get_mut().write_all(requests.as_bytes()).unwrap();
    for id in 0..200 {
        assert_eq!(read(&mut stream)["id"], id);
    }
}

#[test]
fn endless_request_line_ends_only_its_connection() {
    let fixture = Fixture::new();
    let mut stream = fixture.stream();
    let mut other = BufReader::new(fixture.stream());
    let block = [b'9'; 1 << 16];
    // 100 MB, or until the core closes the connection
    let ended = (0..1600).find_map(|_| stream.write_all(&block).err());
    assert!(ended.is_some_and(|error| matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
    )));
    assert_eq!(ask(&mut other, r#"{"verb": "dial", "number": "5551212"}"#)["result"], "15551212");
    let mut stream = fixture.stream();
    stream.write_all(&[b'9'; 9000]).unwrap();
    let mut reply = String::new();
    let _ = stream.read_to_string(&mut reply);
    assert!(reply.contains("too-long"), "{reply}");
}

#[test]
fn request_without_a_line_end_times_out() {
    let fixture = Fixture::new();
    let mut stream = fixture.stream();
    stream.write_all(b"{\"verb\": ").unwrap();
    let mut silent = fixture.stream();
    for stream in [&mut stream, &mut silent] {
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.contains("too-slow"), "{reply}");
    }
}

#[test]
fn connections_above_the_limit_are_rejected() {
    let fixture = Fixture::new();
    let mut first = BufReader::new(fixture.stream());
    assert_eq!(ask(&mut first, r#"{"verb": "hello"}"#)["ok"], json!(true));
    let mut many: Vec<(BufReader<Stream>, String)> =
        (0..MANY).map(|_| (BufReader::new(fixture.stream()), String::new())).collect();
    let mut refused = 0;
    wait_until("the connections above the limit are refused", || {
        for (stream, reply) in many.iter_mut().filter(|(_, reply)| !reply.ends_with('\n')) {
            stream.get_ref().set_read_timeout(Some(REFUSAL_WAIT)).unwrap();
            let _ = stream.read_line(reply);
            refused += usize::from(reply.ends_with('\n') && reply.contains("busy"));
        }
        refused >= MANY - MAX_CONNECTIONS
    });
    assert!(refused < MANY, "all were refused");
    // the first connection still works
    assert_eq!(ask(&mut first, r#"{"verb": "dial", "number": "5551212"}"#)["result"], "15551212");
    drop(many);
    wait_until("new connections are accepted", || {
        let mut client = Client::connect(&fixture.path()).unwrap();
        matches!(client.send_number("dial", "5551212", WAIT), Ok(Reply::Ok(_)))
    });
}

/// On Windows, the application notices it only when it reads: see `socket_windows`.
#[cfg(unix)]
#[test]
fn application_that_does_not_read_is_disconnected() {
    let fixture = Fixture::new();
    let mut stream = fixture.stream();
    stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    // more replies than a socket buffers
    for _ in 0..100_000 {
        if stream.write_all(b"{\"verb\": \"status\"}\n").is_err() {
            break;
        }
    }
    let mut other = Client::connect(&fixture.path()).unwrap();
    assert!(matches!(other.send_number("dial", "5551212", WAIT), Ok(Reply::Ok(_))));
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
fn second_core_on_a_socket_does_not_start() {
    let fixture = Fixture::new();
    let second = Core::open(Settings { socket: Some(fixture.path()), ..fixture.server.settings() });
    let error = second.unwrap_err();
    assert!(error.to_string().contains("another core is listening here"), "{error}");
    assert_eq!(fixture.ask(r#"{"verb": "hello"}"#)["ok"], json!(true));
    let Fixture { core, server, folder } = fixture;
    drop(core);
    let next = Core::open(Settings { socket: Some(socket_path(&folder)), ..server.settings() });
    assert!(next.is_ok(), "the closed core has removed its socket");
    assert!(Client::connect(&socket_path(&folder)).is_ok());
}

#[test]
fn missing_socket_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let error = Client::connect(&socket_path(&folder)).unwrap_err();
    assert_eq!(error.source.kind(), ErrorKind::NotFound);
    assert!(error.to_string().ends_with(": no such socket"), "{error}");
}

#[test]
fn status_contains_no_dialed_number() {
    let fixture = Fixture::new();
    fixture.ask(r#"{"verb": "dial", "number": "5551212"}"#);
    let status = fixture.ask(r#"{"verb": "status"}"#).to_string();
    assert!(!status.contains("5551212"), "{status}");
    drop(fixture.core);
}

/// Programs that ask for a reload and forget it leave places for those that dial.
#[test]
fn abandoned_reloads_do_not_block_dialing() {
    let fixture = Fixture::new();
    fixture.server.script().manifest_delay = Duration::from_secs(600);
    let mut abandoned = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        let mut stream = fixture.stream();
        stream.write_all(b"{\"verb\": \"reload\"}\n").unwrap();
        abandoned.push(stream);
        // a further reload gets an error, and its connection is free again
        if abandoned.len() > MAX_WAITING_RELOADS {
            let mut stream = BufReader::new(abandoned.pop().unwrap());
            assert_eq!(read(&mut stream)["code"], "busy");
        }
    }
    let dialed = fixture.ask(r#"{"verb": "dial", "number": "5551212"}"#);
    assert_eq!(dialed["result"], "15551212", "{dialed}");
}
