//! Listening sockets, one per address, with receive buffers for many phones that boot at once.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use adr_bundle::folder::phrase;

use crate::platform;
use crate::settings::Settings;

/// Open listening sockets: from [`Sockets::bind`], or passed by the service manager.
#[derive(Debug, Default)]
pub struct Sockets {
    /// For TFTP.
    pub tftp: Vec<UdpSocket>,
    /// For HTTP.
    pub http: Vec<TcpListener>,
    /// For HTTPS.
    pub https: Vec<TcpListener>,
}

impl Sockets {
    /// Opens a socket for every address of the settings. An IPv6 socket does not accept IPv4, so
    /// both can have the same port.
    ///
    /// # Errors
    ///
    /// The first address on which the process cannot listen.
    pub fn bind(settings: &Settings) -> Result<Self, BindError> {
        fn all<S>(
            addresses: &[SocketAddr],
            open: fn(SocketAddr) -> io::Result<S>,
        ) -> Result<Vec<S>, BindError> {
            let one = |address: &SocketAddr| {
                open(*address).map_err(|source| BindError { address: *address, source })
            };
            addresses.iter().map(one).collect()
        }
        Ok(Self {
            tftp: all(&settings.tftp, platform::udp)?,
            http: all(&settings.http, platform::tcp)?,
            https: all(&settings.https, platform::tcp)?,
        })
    }
}

/// The process cannot listen on an address.
#[derive(Debug, thiserror::Error)]
#[error("{address}: {}", explain(source))]
pub struct BindError {
    address: SocketAddr,
    source: io::Error,
}

impl BindError {
    /// The address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether the process lacks the permission for this port.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.source.kind() == io::ErrorKind::PermissionDenied
    }
}

fn explain(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::PermissionDenied => platform::NOT_ALLOWED,
        io::ErrorKind::AddrInUse => {
            "another process listens here; stop it or choose another address"
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; choose one of its addresses"
        }
        _ => return phrase(error),
    };
    known.to_owned()
}
