//! The user of a process.
//!
//! `winsafe` returns the memory that holds a user to the allocator with a smaller size than it was
//! allocated with. The system's allocator, which Rust programs use by default, ignores sizes. An
//! allocator that checks sizes must not be used with this module.

use std::io;

use winsafe::co::{ERROR, PROCESS, TOKEN, TOKEN_INFORMATION_CLASS};
use winsafe::{ConvertSidToStringSid, HPROCESS, TokenInfo};

/// The user of a process, as a security identifier in text: `S-1-5-21-…`.
///
/// # Errors
///
/// There is no such process, or this process may not query it, such as one of another user.
pub(super) fn of_process(process: u32) -> io::Result<String> {
    query(process).map_err(|error| io::Error::from_raw_os_error(error.raw().cast_signed()))
}

fn query(process: u32) -> Result<String, ERROR> {
    let process = HPROCESS::OpenProcess(PROCESS::QUERY_LIMITED_INFORMATION, false, process)?;
    let token = process.OpenProcessToken(TOKEN::QUERY)?;
    match token.GetTokenInformation(TOKEN_INFORMATION_CLASS::User)? {
        TokenInfo::User(user) => ConvertSidToStringSid(user.User.Sid().ok_or(ERROR::INVALID_SID)?),
        _ => Err(ERROR::INVALID_DATA),
    }
}
