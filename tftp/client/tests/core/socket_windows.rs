//! The control pipe on Windows has an access control list.

use std::process::Command;

use adr_kit::optional::leave_out;

use crate::socket::Fixture;

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
