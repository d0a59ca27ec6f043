//! The control pipe of Windows has a list of who may open it.

use std::process::Command;

use crate::socket::Room;

/// As the system has it, and as a program tells that reads lists: on the first line the pipe's, on
/// the second its own user.
#[test]
fn only_the_owner_is_on_the_list() {
    let Some(reader) = std::env::var_os("ADR_LIST_READER") else {
        // another program cannot be had; `tests/windows` makes it
        return;
    };
    let room = Room::new();
    let read = Command::new(reader).arg(room.path()).output().unwrap();
    let said = String::from_utf8(read.stdout).unwrap();
    let (list, me) = said.trim().split_once("\r\n").expect("two lines");
    // everything that there is to be had, by its name or in bits
    let all = ["GA", "FA", "0x1f01ff"].map(|all| format!("D:P(A;;{all};;;{me})"));
    assert!(me.starts_with("S-1-5-21-"), "{said}");
    assert!(all.iter().any(|all| all == list), "{said}");
}
