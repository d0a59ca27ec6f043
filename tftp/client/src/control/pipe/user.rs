//! Whose process that is.
//!
//! The library gives what the system tells of a user back to the allocator as smaller than it was.
//! The system's allocator, which Rust programs have unless they say otherwise, does not look at
//! sizes; one that does must not be put in its place.

use std::io;

use winsafe::co::{ERROR, PROCESS, TOKEN, TOKEN_INFORMATION_CLASS};
use winsafe::{ConvertSidToStringSid, HPROCESS, TokenInfo};

/// The user of a process, as the text of a security identifier: `S-1-5-21-…`.
///
/// # Errors
///
/// There is no such process, or this one may not look at it, as one of another user's.
pub(super) fn of(process: u32) -> io::Result<String> {
    ask(process).map_err(|error| io::Error::from_raw_os_error(error.raw().cast_signed()))
}

fn ask(process: u32) -> Result<String, ERROR> {
    let process = HPROCESS::OpenProcess(PROCESS::QUERY_LIMITED_INFORMATION, false, process)?;
    let token = process.OpenProcessToken(TOKEN::QUERY)?;
    match token.GetTokenInformation(TOKEN_INFORMATION_CLASS::User)? {
        TokenInfo::User(user) => ConvertSidToStringSid(user.User.Sid().ok_or(ERROR::INVALID_SID)?),
        _ => Err(ERROR::INVALID_DATA),
    }
}
