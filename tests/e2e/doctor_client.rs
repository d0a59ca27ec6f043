//! `adrc doctor client` against `adrc serve`: what a softphone would get, and what is wrong with
//! it.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::server_process::ServerProcess;

const PLAN: &str = "application { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\n";

/// A folder with a dial plan, and a server of it.
fn served() -> (TempDir, ServerProcess) {
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("plan.adr"), PLAN).unwrap();
    let server = ServerProcess::start(sandbox.path(), &["plan.adr"]);
    (sandbox, server)
}

/// Runs the doctor with these arguments, and with the ports of the server.
fn doctor(folder: &Path, server: Option<&ServerProcess>, arguments: &[&str]) -> (Output, Value) {
    let mut command = adr_tests::adrc(folder);
    command.args(["doctor", "client", "--format", "json"]).args(arguments);
    if let Some(server) = server {
        let (http, tftp) = (server.http.port().to_string(), server.tftp.port().to_string());
        command.args(["--http-port", &http, "--tftp-port", &tftp]);
    }
    let output = command.output().unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output, json)
}

/// The names of what was found, in order.
fn names(json: &Value) -> Vec<&str> {
    let found = json["found"].as_array().unwrap_or_else(|| panic!("{json}"));
    found.iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn served_plan_is_healthy_by_both_transports() {
    let (sandbox, server) = served();
    let arguments = ["--server", "127.0.0.1", "--plan", "plan.adr"];
    let (output, json) = doctor(sandbox.path(), Some(&server), &arguments);
    assert_eq!((output.status.code(), names(&json)), (Some(0), vec![]), "{json}");
    let text = json.to_string();
    assert!(text.contains("4 of 4 requests gave a file"), "{text}");
    assert!(text.contains("1 application, 0 lookup"), "{text}");
}

#[test]
fn changed_plan_is_not_what_the_server_has() {
    let (sandbox, server) = served();
    fs::write(sandbox.path().join("plan.adr"), PLAN.replace("prefix 9", "prefix 8")).unwrap();
    let arguments = ["--server", "127.0.0.1", "--plan", "plan.adr"];
    let (output, json) = doctor(sandbox.path(), Some(&server), &arguments);
    assert_eq!(
        (output.status.code(), names(&json)),
        (Some(1), vec!["rules-not-of-plan"]),
        "{json}"
    );
    let address = format!("http://127.0.0.1:{}/", server.http.port());
    assert!(json.to_string().contains(&address), "{json}");
}

#[test]
fn address_comes_from_the_registry_and_programs_from_a_list() {
    let (sandbox, server) = served();
    let export = "Windows Registry Editor Version 5.00\r\n\r\n\
        [HKEY_CURRENT_USER\\Software\\Cisco Systems, Inc.\\Client Services Framework\\AdminData]\r\n\
        \"TftpServer1\"=\"127.0.0.1\"\r\n";
    fs::write(sandbox.path().join("pc.reg"), export).unwrap();
    let processes = "\"Name\",\"StartTime\"\r\n\"cucsf\",\"2026-11-30T08:00:00+00:00\"\r\n";
    fs::write(sandbox.path().join("processes.csv"), processes).unwrap();
    let arguments = ["pc.reg", "--processes", "processes.csv", "--changed", "2026-11-30 10:00:00"];
    let (output, json) = doctor(sandbox.path(), Some(&server), &arguments);
    let expected = (Some(1), vec!["client-older-than-rules"]);
    assert_eq!((output.status.code(), names(&json)), expected, "{json}");
    assert!(json.to_string().contains("the plain key"), "{json}");
    let later = ["pc.reg", "--processes", "processes.csv", "--changed", "2026-11-30 07:00:00"];
    assert_eq!(names(&doctor(sandbox.path(), Some(&server), &later).1), [""; 0]);
}

#[test]
fn settings_without_a_server_are_named() {
    let sandbox = tempfile::tempdir().unwrap();
    let export = "Windows Registry Editor Version 5.00\r\n\r\n\
        [HKEY_CURRENT_USER\\Software\\Cisco Systems, Inc.\\Client Services Framework\\AdminData]\r\n\
        \"CtiServer1\"=\"10.1.1.1\"\r\n";
    fs::write(sandbox.path().join("pc.reg"), export).unwrap();
    let (output, json) = doctor(sandbox.path(), None, &["pc.reg"]);
    assert_eq!((output.status.code(), names(&json)), (Some(1), vec!["no-tftp-address"]), "{json}");
}

#[test]
fn numbers_of_a_log_are_compared_and_never_shown() {
    let (sandbox, server) = served();
    let log = "2026-11-30 10:00:00 dial rule: 5551234 -> 95551234\n\
        2026-11-30 10:00:01 dial rule: 5559876 -> 85559876\n";
    fs::write(sandbox.path().join("jabber.log"), log).unwrap();
    let arguments = ["--server", "127.0.0.1", "--log", "jabber.log"];
    let (output, json) = doctor(sandbox.path(), Some(&server), &arguments);
    let expected = (Some(1), vec!["logged-number-disagrees"]);
    assert_eq!((output.status.code(), names(&json)), expected, "{json}");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("xxxxx76") && !shown.contains("559876"), "{shown}");
    assert!(!shown.contains("551234"), "{shown}");
}

#[test]
fn closed_ports_are_a_silent_server() {
    let sandbox = tempfile::tempdir().unwrap();
    // both ports belong to this test, and are closed again
    let http = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let tftp = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (http, tftp) = (http.to_string(), tftp.to_string());
    let arguments = ["--server", "127.0.0.1", "--http-port", &http, "--tftp-port", &tftp];
    let (output, json) = doctor(sandbox.path(), None, &arguments);
    let expected = (Some(1), vec!["tftp-server-silent"]);
    assert_eq!((output.status.code(), names(&json)), expected, "{json}");
    assert!(json.to_string().contains(&format!("TCP {http}, UDP {tftp}")), "{json}");
}

#[test]
fn server_that_hangs_is_given_up() {
    let sandbox = tempfile::tempdir().unwrap();
    let http = TcpListener::bind("127.0.0.1:0").unwrap();
    let tftp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let ports = [http.local_addr().unwrap().port(), tftp.local_addr().unwrap().port()];
    let [http_port, tftp_port] = ports.map(|port| port.to_string());
    let arguments = ["--server", "127.0.0.1", "--http-port", &http_port, "--tftp-port", &tftp_port];
    let begin = Instant::now();
    let (output, json) = doctor(sandbox.path(), None, &arguments);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    let expected = (Some(1), vec!["tftp-server-silent"]);
    assert_eq!((output.status.code(), names(&json)), expected, "{json}");
    assert!(json.to_string().contains("nothing came in time"), "{json}");
    drop((http, tftp));
}

#[test]
fn wrong_usage_and_unreadable_input_end_with_status_2() {
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("pc.reg"), "").unwrap();
    fs::write(sandbox.path().join("none.csv"), "").unwrap();
    let cases: [&[&str]; 5] = [
        &[],
        &["missing.reg"],
        &["--server", "127.0.0.1", "--log", "missing.log"],
        &["--server", "127.0.0.1", "--processes", "none.csv", "--changed", "x"],
        &["--server", "127.0.0.1", "--processes", "missing.csv"],
    ];
    for arguments in cases {
        let (output, _) = doctor(sandbox.path(), None, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
