//! `adrc serve` without free file descriptors: what it cannot open is not missing.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use adr_kit::wait::{TIMEOUT, wait_within};

use super::server_process::ServerProcess;

const PLAN: &str = "emergency 911\napplication { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\ntest { dial 911 -> unchanged }\n";

/// The status of an answer on a connection that stays open.
fn ask(stream: &mut TcpStream, path: &str) -> u16 {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line: &String| !line.trim().is_empty()) {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "after {lines:?}");
        lines.push(line);
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    lines[0][9..12].parse().unwrap()
}

#[test]
fn file_that_cannot_be_opened_for_lack_of_descriptors_is_not_missing() {
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("plan.adr"), PLAN).unwrap();
    fs::create_dir(sandbox.path().join("root")).unwrap();
    fs::write(sandbox.path().join("root/fw.bin"), "firmware").unwrap();
    let arguments = ["plan.adr", "--root", "root"];
    let mut server = ServerProcess::start_limited(sandbox.path(), &arguments, "-n 184");
    let mut kept = TcpStream::connect(server.http).unwrap();
    kept.set_read_timeout(Some(TIMEOUT)).unwrap();
    assert_eq!(ask(&mut kept, "/fw.bin"), 200);
    let others: Vec<_> = (0..184).map(|_| TcpStream::connect(server.http).unwrap()).collect();
    server.wait_for("a connection could not be accepted");
    assert_eq!(ask(&mut kept, "/fw.bin"), 503);
    assert_eq!(ask(&mut kept, "/AppDialRules.xml"), 200);
    server.wait_for("a file of the folder `root` cannot be read");
    drop(others);
    wait_within(TIMEOUT, || ask(&mut kept, "/fw.bin") == 200, || "descriptors".to_owned());
    assert_eq!(server.terminate(), Some(0));
}
