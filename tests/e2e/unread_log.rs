//! `adrc serve` and `adrc watch` whose log nobody reads: they go on, and end.

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

/// A plan with warnings, which differs for each number. A check shows some kilobytes.
fn plan_with_warnings(number: usize) -> String {
    let rule = |at| format!("rule \"Rule {at}\" {{ begins-with 5; digits 7; prefix {number} }}\n");
    let rules: String = (0..60).map(rule).collect();
    format!("emergency 911\napplication {{\n{rules}}}\ntest {{ dial 911 -> unchanged }}\n")
}

/// A process that does not outlive a test that fails.
struct Process(std::process::Child);

impl Process {
    fn terminate(mut self) {
        let id = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        wait_within(TIMEOUT, || self.0.try_wait().unwrap().is_some(), || "the end".to_owned());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn findings_that_nobody_reads_do_not_stop_reloads() {
    let sandbox = tempfile::tempdir().unwrap();
    let plan = sandbox.path().join("plan.adr");
    fs::write(&plan, plan_with_warnings(9)).unwrap();
    let mut command: Command = adr_tests::adrc(sandbox.path());
    command.args(["serve", "plan.adr", "--no-watch", "--admin-reload"]);
    for option in ["--tftp", "--http", "--admin"] {
        command.args([option, "127.0.0.1:0"]);
    }
    let mut process = Process(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut log = BufReader::new(process.0.stderr.take().unwrap());
    let mut admin = String::new();
    loop {
        let mut line = String::new();
        assert!(log.read_line(&mut line).unwrap() > 0, "the log ended");
        if line.contains("protocol=\"admin\"") {
            let address = line.split("address=").nth(1).unwrap();
            admin = address.split_whitespace().next().unwrap().to_owned();
        }
        if line.contains(" ready ") {
            break;
        }
    }
    let url = format!("http://{admin}/-/reload");
    for number in 0..100 {
        fs::write(&plan, plan_with_warnings(number)).unwrap();
        let answer = curl(&["-XPOST", "--max-time", "60"], &url);
        assert_eq!(answer.status, 200, "reload {number}: {answer:?}");
    }
    process.terminate();
    drop(log);
}

#[test]
fn watch_whose_messages_nobody_reads_publishes_and_ends() {
    let sandbox = tempfile::tempdir().unwrap();
    let plan = sandbox.path().join("plan.adr");
    fs::write(&plan, plan_with_warnings(0)).unwrap();
    let mut command: Command = adr_tests::adrc(sandbox.path());
    command.args(["watch", "plan.adr", "--publish", "out", "--debounce", "0s"]);
    let process = Process(command.stderr(Stdio::piped()).spawn().unwrap());
    let file = sandbox.path().join("out/current/AppDialRules.xml");
    for number in 0..60 {
        fs::write(&plan, plan_with_warnings(number)).unwrap();
        let prefix = format!("PrefixWith=\"{number}\"");
        let is_published = || fs::read_to_string(&file).is_ok_and(|text| text.contains(&prefix));
        wait_within(TIMEOUT, is_published, || prefix.clone());
    }
    process.terminate();
}
