//! Listening sockets: one for each address, with room for a storm.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use crate::settings::Settings;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4_096;

/// Sockets that are open and listen, from [`Sockets::bind`] or from whoever started the process.
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
    /// Opens a socket for every address of the settings. One for IPv6 takes no IPv4, so both can
    /// have the same port.
    ///
    /// # Errors
    ///
    /// The first address that cannot be had.
    pub fn bind(settings: &Settings) -> Result<Self, BindError> {
        fn all<S>(
            addresses: &[SocketAddr],
            open: fn(SocketAddr) -> io::Result<S>,
        ) -> Result<Vec<S>, BindError> {
            let one = |address: &SocketAddr| {
                open(*address).map_err(|error| BindError { address: *address, error })
            };
            addresses.iter().map(one).collect()
        }
        Ok(Self {
            tftp: all(&settings.tftp, udp)?,
            http: all(&settings.http, tcp)?,
            https: all(&settings.https, tcp)?,
        })
    }
}

/// Asks for a receive buffer of so many bytes where there are fewer, and returns how many there are
/// then. What whoever opened the socket was granted is never made less.
///
/// An administrator's process gets what it asks for; others get at most `net.core.rmem_max`.
pub(crate) fn enlarge(socket: &UdpSocket, bytes: usize) -> io::Result<usize> {
    let before = receive_buffer(socket)?;
    if before >= bytes {
        return Ok(before);
    }
    if sockopt::set_socket_recv_buffer_size_force(socket, bytes).is_err()
        && grantable(socket.local_addr()?, bytes)? > before
    {
        sockopt::set_socket_recv_buffer_size(socket, bytes)?;
    }
    receive_buffer(socket)
}

/// How many bytes of receive buffer a process without rights gets when it asks for so many. A
/// socket of its own tells: one that has more already would be cut down by the question.
fn grantable(address: SocketAddr, bytes: usize) -> io::Result<usize> {
    let trial = open(address, SocketType::DGRAM)?;
    sockopt::set_socket_recv_buffer_size(&trial, bytes)?;
    receive_buffer(&trial)
}

/// The kernel tells twice of what can be used, see socket(7).
fn receive_buffer(socket: impl AsFd) -> io::Result<usize> {
    Ok(sockopt::socket_recv_buffer_size(socket)? / 2)
}

fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = open(address, SocketType::DGRAM)?;
    rustix::net::bind(&socket, &address)?;
    Ok(socket.into())
}

fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = open(address, SocketType::STREAM)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

fn open(address: SocketAddr, kind: SocketType) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = rustix::net::socket_with(family, kind, flags, None)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    Ok(socket)
}

/// An address that cannot be had.
#[derive(Debug)]
pub struct BindError {
    address: SocketAddr,
    error: io::Error,
}

impl BindError {
    /// The address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it is a port that only an administrator may open.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.error.kind() == io::ErrorKind::PermissionDenied
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, error) = (self.address, &self.error);
        match error.kind() {
            io::ErrorKind::PermissionDenied => write!(
                f,
                "{address}: not allowed to listen here; use a port of 1024 or more, or give the process CAP_NET_BIND_SERVICE"
            ),
            io::ErrorKind::AddrInUse => write!(
                f,
                "{address}: another process listens here; stop it or choose another address"
            ),
            io::ErrorKind::AddrNotAvailable => {
                write!(f, "{address}: this machine has no such address; name one of its own")
            }
            _ => write!(f, "{address}: {error}"),
        }
    }
}

impl std::error::Error for BindError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receive_buffer_grows_and_never_shrinks() {
        let socket = udp(([127, 0, 0, 1], 0).into()).unwrap();
        sockopt::set_socket_recv_buffer_size(&socket, 100_000).unwrap();
        assert_eq!(enlarge(&socket, 50_000).unwrap(), 100_000);
        assert_eq!(enlarge(&socket, 100_000).unwrap(), 100_000);
        assert_eq!(enlarge(&socket, 150_000).unwrap(), 150_000);
        assert_eq!(receive_buffer(&socket).unwrap(), 150_000);
    }
}
