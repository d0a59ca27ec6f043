//! `adrc doctor` and `adrc doctor presence`: usage, exit statuses, records and secrets. What the
//! doctor finds at real servers is in the suite `e2e`.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;

use adr_kit::http_server::{HttpServer, closed_port};

use super::sandbox::Sandbox;

#[test]
fn doctor_without_a_check_lists_what_it_can_look_at() {
    let run = Sandbox::new().run("doctor");
    assert_eq!((run.status, &*run.stderr), (0, ""));
    for name in ["presence", "views"] {
        assert!(run.stdout.contains(&format!("\n  {name}")), "{}", run.stdout);
        assert!(run.stdout.contains(&format!("$ adrc doctor {name}")), "{}", run.stdout);
    }
}

#[test]
fn wrong_usage_and_unreadable_input_end_with_2() {
    let sandbox = Sandbox::with(&[("bad.json", "{\"format\": \"other\", \"version\": 1}")]);
    for (line, expected) in [
        ("doctor presence", "GATEWAY"),
        ("doctor presence x --symptom lunch", "frozen-after-move"),
        ("doctor presence x --replay bad.json", "cannot be used with"),
        ("doctor presence --replay bad.json", "format `other`"),
        ("doctor presence --replay absent.json", "absent.json"),
        ("doctor presence x --trust absent", "no such folder"),
        ("doctor presence x --sql bad.json", "localecalendarname"),
        ("doctor presence x --server imp.example.com", "cups://"),
        ("doctor presence x --server cups://x --changed lunch", "--changed: `lunch`"),
        ("doctor presence x --changed 2h", "--server"),
        ("doctor presence x --locale German", "--sql"),
        ("doctor presence x --zone UTC", "--log"),
        ("doctor client x --changed 2h", "--processes"),
        ("doctor client --server x --zone UTC", "--processes"),
        ("doctor client --server x --processes bad.json --changed lunch", "--changed: `lunch`"),
    ] {
        let run = sandbox.run(line);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{line}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{line}: {}", run.stderr);
    }
    let empty = sandbox.given(&["doctor", "presence", " "], b"");
    assert!(empty.status == 2 && empty.stderr.contains("the gateway is empty"), "{}", empty.stderr);
}

#[test]
fn record_is_private_and_its_replay_finds_the_same() {
    let sandbox = Sandbox::new();
    let port = closed_port().port();
    let line = format!("doctor presence 127.0.0.1 --port {port} --record seen.json --format json");
    let looked = sandbox.run(&line);
    assert_eq!(looked.status, 1, "{}", looked.stderr);
    assert!(looked.stdout.contains("\"port-is-closed\""), "{}", looked.stdout);
    assert!(looked.stderr.contains("wrote seen.json"), "{}", looked.stderr);
    let record = sandbox.read("seen.json");
    assert!(!record.contains("127.0.0.1"), "{record}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(sandbox.path("seen.json")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
    for format in ["text", "json", "junit", "markdown"] {
        let again = sandbox.run(&format!("doctor presence --replay seen.json --format {format}"));
        assert_eq!((again.status, &*again.stderr), (1, ""), "{format}");
        assert!(again.stdout.contains("port-is-closed"), "{format}: {}", again.stdout);
    }
}

#[test]
fn account_without_a_password_is_an_error_that_says_where_one_comes_from() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("doctor presence 127.0.0.1 --account CORP\\ps");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("ADRC_EXCHANGE_PASSWORD"), "{}", run.stderr);
}

#[test]
fn plain_http_on_the_port_is_named_and_gets_no_password() {
    let server = HttpServer::new(|request, connection| {
        assert!(request.header("authorization").is_none());
        connection.respond(200, b"hello");
    });
    let sandbox = Sandbox::new();
    let port = server.address().port().to_string();
    let arguments = ["doctor", "presence", "127.0.0.1", "--port", &port, "--account", "ps"];
    let mut command = sandbox.command(&arguments);
    command.env("ADRC_EXCHANGE_PASSWORD", "hunter2");
    let run = adr_kit::sandbox::finish(command, b"");
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stdout.contains("port-speaks-another-protocol"), "{}", run.stdout);
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("hunter2"));
}

#[test]
fn gateways_of_another_language_are_found() {
    let sql = "name           localecalendarname\n============== ==================\n\
               owa.apps.local Calendar\n";
    let sandbox = Sandbox::with(&[("sql.txt", sql)]);
    let port = closed_port().port();
    let options = "--sql sql.txt --locale German --format json";
    let run = sandbox.run(&format!("doctor presence 127.0.0.1 --port {port} {options}"));
    assert!(run.stdout.contains("localized-calendar-folder"), "{}", run.stdout);
    assert!(run.stdout.contains("Kalender"), "{}", run.stdout);
}

/// The gateway is looked at although nobody can ask the presence server.
#[test]
fn presence_server_that_cannot_be_asked_could_not_be_looked_at() {
    let port = closed_port().port();
    let options = "--server cups://127.0.0.1 --format json";
    let run = Sandbox::new().run(&format!("doctor presence 127.0.0.1 --port {port} {options}"));
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stdout.contains("\"port-is-closed\""), "{}", run.stdout);
    assert!(run.stdout.contains("the start of the Cisco Presence Engine"), "{}", run.stdout);
    assert!(run.stdout.contains("127.0.0.1: "), "{}", run.stdout);
}

#[test]
fn watch_writes_a_line_for_each_change() {
    // on a loopback address that no other process has, so that the port stays free
    let [.., high, low] = std::process::id().to_be_bytes();
    let gateway = Ipv4Addr::new(127, 120, high, low.max(1));
    let address = TcpListener::bind((gateway, 0)).unwrap().local_addr().unwrap();
    let sandbox = Sandbox::new();
    let (gateway, port) = (gateway.to_string(), address.port().to_string());
    let arguments = ["doctor", "presence", &gateway, "--port", &port, "--watch", "1s"];
    let mut adrc = sandbox.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(adrc.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("1 error")));
    let listener = TcpListener::bind(address).unwrap();
    let closing = std::thread::spawn(move || {
        for stream in listener.incoming() {
            drop(stream);
        }
    });
    assert!(lines.any(|line| line.ends_with("gone: port-is-closed")));
    assert!(lines.any(|line| line.ends_with("tcp: bad -> good")));
    adrc.kill().unwrap();
    adrc.wait().unwrap();
    // the listener ends with the process of the test
    drop(closing);
}
