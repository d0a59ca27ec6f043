//! What differs between the systems that adrc runs on. Each system has a file with the same
//! functions; no other file of the command asks which system it is.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(crate) use system::{
    arguments, has_color, may_bind_low_ports, notify_ready, only_for_owner, run_service,
};

/// A standard stream that shows text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}
