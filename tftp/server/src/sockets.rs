//! Listening sockets, one per address, with receive buffers for many phones that boot at once.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use crate::settings::Settings;

/// Length of the queue of connections that wait to be accepted.
const BACKLOG: i32 = 4_096;

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
            tftp: all(&settings.tftp, udp)?,
            http: all(&settings.http, tcp)?,
            https: all(&settings.https, tcp)?,
        })
    }
}

/// Grows the receive buffer of a socket to a number of bytes, and returns its size afterwards. A
/// buffer is never made smaller: a service manager may have opened the socket with a larger one.
///
/// Privileged processes get any size; others at most `net.core.rmem_max`.
pub(crate) fn grow_receive_buffer(socket: &UdpSocket, bytes: usize) -> io::Result<usize> {
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

/// The size of the receive buffer that an unprivileged process gets when it requests `bytes`. A
/// separate socket tries it, because the attempt can make an existing buffer smaller.
fn grantable(address: SocketAddr, bytes: usize) -> io::Result<usize> {
    let trial = open(address, SocketType::DGRAM)?;
    sockopt::set_socket_recv_buffer_size(&trial, bytes)?;
    receive_buffer(&trial)
}

/// Usable bytes of the receive buffer. The kernel reports twice as many, see socket(7).
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
        io::ErrorKind::PermissionDenied => {
            "not allowed to listen here; use a port of 1024 or more, or give the process CAP_NET_BIND_SERVICE"
        }
        io::ErrorKind::AddrInUse => {
            "another process listens here; stop it or choose another address"
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; choose one of its addresses"
        }
        _ => return error.to_string(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receive_buffer_grows_and_never_shrinks() {
        let socket = udp(([127, 0, 0, 1], 0).into()).unwrap();
        sockopt::set_socket_recv_buffer_size(&socket, 100_000).unwrap();
        assert_eq!(grow_receive_buffer(&socket, 50_000).unwrap(), 100_000);
        assert_eq!(grow_receive_buffer(&socket, 100_000).unwrap(), 100_000);
        assert_eq!(grow_receive_buffer(&socket, 150_000).unwrap(), 150_000);
        assert_eq!(receive_buffer(&socket).unwrap(), 150_000);
    }
}
