//! The control pipe on Windows: its access control list, and writes that nobody reads.

use std::io::{ErrorKind, Read, Write};
use std::process::Command;
use std::time::Duration;

use adr_client::control::client::{Client, Reply};
use adr_client::control::limits::IO_TIMEOUT;
use adr_kit::optional::leave_out;

use crate::socket::{Fixture, WAIT};

/// Reads the list by another program, which prints the list of the pipe and then its own user.
#[test]
fn only_the_owner_is_on_the_list() {
    let Some(reader) = std::env::var_os("ADR_LIST_READER") else {
        leave_out("ADR_LIST_READER, a program that `tests/windows` builds");
        return;
    };
    let fixture = Fixture::new();
    let read = Command::new(reader).arg(fixture.path()).output().unwrap();
    let output = String::from_utf8(read.stdout).unwrap();
    let (list, me) = output.trim().split_once("\r\n").expect("two lines");
    // full access, by name or as bits
    let all = ["GA", "FA", "0x1f01ff"].map(|all| format!("D:P(A;;{all};;;{me})"));
    assert!(me.starts_with("S-1-5-21-"), "{output}");
    assert!(all.iter().any(|all| all == list), "{output}");
}

/// A write that has begun holds the pipe open until the application reads it or ends.
#[test]
fn application_that_does_not_read_gets_the_end_when_it_reads() {
    let fixture = Fixture::new();
    let mut stream = fixture.stream();
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    // until replies fill one direction, and requests the other
    let request = b"{\"verb\": \"status\"}\n";
    let full = (0..100_000).find_map(|_| stream.write_all(request).err());
    assert_eq!(full.map(|error| error.kind()), Some(ErrorKind::TimedOut));
    let dials = || {
        let mut other = Client::connect(&fixture.path()).unwrap();
        matches!(other.send_number("dial", "5551212", WAIT), Ok(Reply::Ok(_)))
    };
    assert!(dials());
    std::thread::sleep(IO_TIMEOUT + Duration::from_secs(1));
    assert!(dials());
    let mut replies = Vec::new();
    let ended = stream.read_to_end(&mut replies);
    assert!(ended.is_ok(), "{ended:?}");
    assert!(replies.len() < 1 << 20, "{} bytes", replies.len());
}
