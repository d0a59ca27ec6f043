//! `adrc serve` whose log nobody reads: it serves on, and ends.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use adr_kit::http::curl;
use adr_kit::tftp::Client;
use adr_kit::wait::{TIMEOUT, wait_within};
use serde_json::Value;

const PLAN: &str = "emergency 911\napplication { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\ntest { dial 911 -> unchanged }\n";

/// Starts the server, and reads its log until it is ready.
fn start(
    folder: &std::path::Path,
) -> (std::process::Child, BufReader<std::process::ChildStderr>, [String; 3]) {
    let mut command: Command = adr_tests::adrc(folder);
    command.args(["serve", "plan.adr", "--log", "json", "--no-watch"]);
    for option in ["--tftp", "--http", "--admin"] {
        command.args([option, "127.0.0.1:0"]);
    }
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut addresses = [const { String::new() }; 3];
    loop {
        let mut line = String::new();
        assert!(log.read_line(&mut line).unwrap() > 0, "the log ended");
        let event: Value = serde_json::from_str(&line).unwrap();
        let fields = &event["fields"];
        match fields["message"].as_str() {
            Some("ready") => return (child, log, addresses),
            Some("listening") => {
                let position =
                    ["tftp", "http", "admin"].iter().position(|it| fields["protocol"] == *it);
                addresses[position.unwrap()] = fields["address"].as_str().unwrap().to_owned();
            }
            _ => {}
        }
    }
}

#[test]
fn server_whose_log_nobody_reads_serves_and_ends() {
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("plan.adr"), PLAN).unwrap();
    let (mut child, log, [tftp, http, admin]) = start(sandbox.path());
    let dropped = || {
        let metrics = curl(&[], &format!("http://{admin}/metrics")).body;
        let line =
            metrics.lines().find_map(|line| line.strip_prefix("adrc_log_lines_dropped_total "));
        line.unwrap().parse::<u64>().unwrap()
    };
    // a pipe takes 64 KB, and the queue of adrc some thousand lines
    let address = http.parse().unwrap();
    let request = |number: u32| format!("GET /x{number} HTTP/1.1\r\nhost: x\r\n\r\n");
    let many: String = (0..500).map(request).collect();
    let many = many + "GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let flood = || {
        let answers = adr_kit::http::exchange(address, many.as_bytes());
        assert_eq!(answers.matches("HTTP/1.1 404").count(), 501);
        dropped() > 0
    };
    wait_within(TIMEOUT, flood, || "dropped lines".to_owned());
    assert_eq!(curl(&[], &format!("http://{http}/AppDialRules.xml")).status, 200);
    assert!(Client::new().fetch("AppDialRules.xml", tftp.parse().unwrap()).is_ok());
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&child),
        rustix::process::Signal::TERM,
    )
    .unwrap();
    wait_within(TIMEOUT, || child.try_wait().unwrap().is_some(), || "the end".to_owned());
    assert!(child.wait().unwrap().success());
    drop(log);
}
