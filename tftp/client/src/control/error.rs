//! Why a control socket cannot be bound.

use std::io;
use std::path::PathBuf;

use crate::detail::shown_path;

/// What the control socket is on this system.
const KIND: &str = if cfg!(windows) { "pipe" } else { "socket" };

/// Why a control socket cannot be bound: the path, the cause, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The operating system reports an error.
    #[error("{}: {source}; choose another {KIND}", shown_path(path))]
    Io {
        /// The path of the socket or pipe.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// A socket that no core listens on cannot be removed.
    #[error("{}: {source}; remove it", shown_path(path))]
    Leftover {
        /// The path of the socket.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// Another core is listening.
    #[error(
        "{}: another core is listening here; stop it, or choose another {KIND}",
        shown_path(path)
    )]
    InUse {
        /// The path of the socket or pipe.
        path: PathBuf,
    },
    /// Unix: the absolute path does not fit in the address of a socket.
    #[error(
        "{}: the path of a socket has at most {max_bytes} bytes, and this one has {bytes}; choose \
         a shorter path",
        path.display()
    )]
    TooLong {
        /// The absolute path.
        path: PathBuf,
        /// Its length in bytes.
        bytes: usize,
        /// The longest path in bytes.
        max_bytes: usize,
    },
    /// Unix: the path is not a socket. The file is left in place.
    #[error("{}: exists and is not a socket; choose another path", shown_path(path))]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// Windows: the path is not the name of a pipe.
    #[error("{}: not the name of a pipe; write \\\\.\\pipe\\NAME", shown_path(path))]
    NotAPipe {
        /// The path.
        path: PathBuf,
    },
    /// Windows: another user has a pipe of this name.
    #[error("{}: this pipe belongs to another user; choose another pipe", shown_path(path))]
    OtherOwner {
        /// The name of the pipe.
        path: PathBuf,
    },
}
