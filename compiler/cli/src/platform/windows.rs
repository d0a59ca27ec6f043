//! Windows.

mod service;

use std::ffi::OsString;
use std::fs::OpenOptions;

use winsafe::HSTD;
use winsafe::co::{CONSOLE, STD_HANDLE};

use super::Stream;

pub(crate) use service::run_service;

/// The arguments of this process, with its name. Patterns of files such as `*.adr` are expanded,
/// because the shells of Windows do not do it. A quoted pattern, and one that no file matches, is
/// unchanged.
pub(crate) fn arguments() -> impl Iterator<Item = OsString> {
    wild::args_os()
}

/// Whether the console of a stream interprets escape sequences. Consoles of Windows 10 do after
/// they are asked to, older ones do not. A stream without a console is left to its reader.
pub(crate) fn has_color(stream: Stream) -> bool {
    let stream = match stream {
        Stream::Output => STD_HANDLE::OUTPUT,
        Stream::Error => STD_HANDLE::ERROR,
    };
    let Ok(mut handle) = HSTD::GetStdHandle(stream) else { return true };
    // the stream stays open when this value is dropped
    let console = handle.leak();
    let Ok(mode) = console.GetConsoleMode() else { return true };
    console.SetConsoleMode(mode | CONSOLE::ENABLE_VIRTUAL_TERMINAL_PROCESSING).is_ok()
}

/// Leaves a new file with the permissions of its folder. Those of a user's folders are for that
/// user and administrators.
pub(crate) fn only_for_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Whether this process may bind ports below 1024: every process of Windows may.
pub(crate) fn may_bind_low_ports() -> bool {
    true
}

/// Does nothing: a service reports its state to the service manager.
pub(crate) fn notify_ready() {}
