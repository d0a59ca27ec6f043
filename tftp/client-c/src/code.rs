//! What a call came to, as a number and in words.

use std::ffi::CStr;

/// What a call came to.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Done.
    Ok = 0,
    /// The buffer has no room for the result and the NUL behind it; its length tells how long the
    /// result is.
    TooSmall = 1,
    /// NULL where something is needed, a server that is no URL, a key that is none, a text that is
    /// not UTF-8.
    BadArgument = 2,
    /// The folder or the socket cannot be used.
    NotOpened = 3,
    /// Nothing was taken from any server, or none answered in time; what ran before runs on.
    Refused = 4,
    /// Something went wrong inside the library.
    Failed = 5,
}

/// The phrase for a code.
pub(crate) fn text(code: i32) -> &'static CStr {
    match code {
        0 => c"done",
        1 => c"the buffer is too small",
        2 => c"an argument is not valid",
        3 => c"the core did not open",
        4 => c"nothing was taken; what ran before runs on",
        5 => c"something went wrong inside the library",
        _ => c"unknown code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words() {
        let codes = [
            Code::Ok,
            Code::TooSmall,
            Code::BadArgument,
            Code::NotOpened,
            Code::Refused,
            Code::Failed,
        ];
        for code in codes {
            assert_ne!(text(code as i32), c"unknown code", "{code:?}");
        }
        assert_eq!(text(codes.len() as i32), c"unknown code");
        assert_eq!(text(-1), c"unknown code");
    }
}
