//! The result of a call, as a number and in words.

use std::ffi::CStr;

/// The result of a call.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Success.
    Ok = 0,
    /// The buffer is too small for the result and its NUL; its `length` is the length of the
    /// result.
    TooSmall = 1,
    /// An argument is invalid: for example a required pointer is NULL, a text is not UTF-8, or no
    /// subscription has this callback.
    BadArgument = 2,
    /// The cache folder, the control socket or a certificate cannot be used.
    NotOpened = 3,
    /// What the servers offer was rejected, or no server answered in time. The rules that were
    /// running before keep running.
    Refused = 4,
    /// An internal error. Any function may return it.
    Failed = 5,
    /// The core is closed.
    Closed = 6,
    /// Another process opened the core, and this one is its copy by fork.
    OtherProcess = 7,
    /// The call would wait for the callback that makes it. Call it from another thread.
    InCallback = 8,
    /// A callback did not return: it threw an exception, ended its thread, or its thread was
    /// canceled. Its subscription ended then.
    CallbackEnded = 9,
}

/// The phrase for a code.
pub(crate) fn text(code: i32) -> &'static CStr {
    match code {
        0 => c"success",
        1 => c"the buffer is too small",
        2 => c"invalid argument",
        3 => c"the core cannot be opened",
        4 => c"no newer rules were accepted; the running rules are unchanged",
        5 => c"internal error",
        6 => c"the core is closed",
        7 => c"the core belongs to the process that opened it",
        8 => c"not possible within a callback",
        9 => c"a callback threw an exception or ended its thread",
        _ => c"unknown code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_a_text() {
        let codes = [
            Code::Ok,
            Code::TooSmall,
            Code::BadArgument,
            Code::NotOpened,
            Code::Refused,
            Code::Failed,
            Code::Closed,
            Code::OtherProcess,
            Code::InCallback,
            Code::CallbackEnded,
        ];
        for code in codes {
            assert_ne!(text(code as i32), c"unknown code", "{code:?}");
        }
        assert_eq!(text(codes.len() as i32), c"unknown code");
        assert_eq!(text(-1), c"unknown code");
    }
}
