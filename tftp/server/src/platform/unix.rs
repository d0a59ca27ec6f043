//! macOS and other Unixes: sockets without the options of Linux.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::net::{AddressFamily, SocketType, sockopt};

/// Length of the queue of connections that wait to be accepted.
const BACKLOG: i32 = 4_096;

/// What limits the size of a receive buffer.
pub(crate) const BUFFER_LIMIT: &str = "kern.ipc.maxsockbuf";

/// What to do if the process is not permitted to listen.
pub(crate) const NOT_ALLOWED: &str = "not allowed to listen here; use a port of 1024 or more";

/// Whether this machine has no descriptors or no memory left.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    let code = Errno::from_io_error(error);
    matches!(code, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

/// Opens a socket that receives packets. One for IPv6 does not accept IPv4.
pub(crate) fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = open(address, SocketType::DGRAM)?;
    rustix::net::bind(&socket, &address)?;
    let socket = UdpSocket::from(socket);
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Opens a socket that accepts connections. One for IPv6 does not accept IPv4.
pub(crate) fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = open(address, SocketType::STREAM)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    let socket = TcpListener::from(socket);
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn open(address: SocketAddr, kind: SocketType) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = rustix::net::socket(family, kind, None)?;
    fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    Ok(socket)
}

/// Grows the receive buffer of a socket to a number of bytes, and returns its size afterwards. The
/// system rejects sizes beyond [`BUFFER_LIMIT`], and the buffer stays.
pub(crate) fn grow_receive_buffer(socket: &UdpSocket, bytes: usize) -> io::Result<usize> {
    let before = sockopt::socket_recv_buffer_size(socket)?;
    if before >= bytes || sockopt::set_socket_recv_buffer_size(socket, bytes).is_err() {
        return Ok(before);
    }
    Ok(sockopt::socket_recv_buffer_size(socket)?)
}

/// These systems have no such option; the kernel closes the connection after some minutes.
pub(crate) fn set_acknowledgement_timeout(_: impl AsFd, _: u32) {}
