//! What differs between operating systems for a process that runs for long.
//!
//! | | Unix | Windows |
//! |---|---|---|
//! | it ends with | SIGTERM, SIGINT | Ctrl+C, Ctrl+Break, closing the console, shutting down |
//! | it reloads with | SIGHUP | only a request to the admin port, as `adrc reload` sends one |
//! | service manager | systemd: states, and sockets that it opened | none |
//! | limit on open files | raised | there is none |
//! | freed memory | is given back soon, after the program has started itself again | is given back after a second |
//! | huge pages | switched off on Linux | not used |

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// To read the rules again.
    Reload,
    /// To end.
    Stop,
}

/// Sockets that a service manager opened, grouped by their names.
#[derive(Debug, Default)]
pub(crate) struct HandedSockets {
    /// `tftp`.
    pub(crate) tftp: Vec<std::net::UdpSocket>,
    /// `http`.
    pub(crate) http: Vec<std::net::TcpListener>,
    /// `https`.
    pub(crate) https: Vec<std::net::TcpListener>,
    /// `admin`.
    pub(crate) admin: Vec<std::net::TcpListener>,
}
