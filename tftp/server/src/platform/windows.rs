//! Windows: sockets of the standard library. One for IPv6 does not accept IPv4 there.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::windows::io::AsSocket;

use rustix::net::sockopt;

/// `ERROR_TOO_MANY_OPEN_FILES`
const TOO_MANY_OPEN_FILES: i32 = 4;

/// `WSAEMFILE`: there are no sockets left.
const NO_SOCKETS: i32 = 10_024;

/// `WSAENOBUFS`: there is no memory left for sockets.
const NO_BUFFERS: i32 = 10_055;

/// What limits the size of a receive buffer.
pub(crate) const BUFFER_LIMIT: &str = "the limit of the system";

/// What to do if the process is not permitted to listen.
pub(crate) const NOT_ALLOWED: &str = "not allowed to listen here: Windows reserves the port, or another process has it alone; choose another port";

/// Whether this machine has no sockets or no memory left.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
        || matches!(error.raw_os_error(), Some(TOO_MANY_OPEN_FILES | NO_SOCKETS | NO_BUFFERS))
}

/// Opens a socket that receives packets.
pub(crate) fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Opens a socket that accepts connections.
pub(crate) fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Grows the receive buffer of a socket to a number of bytes, and returns its size afterwards.
pub(crate) fn grow_receive_buffer(socket: &UdpSocket, bytes: usize) -> io::Result<usize> {
    let before = sockopt::socket_recv_buffer_size(socket)?;
    if before >= bytes {
        return Ok(before);
    }
    sockopt::set_socket_recv_buffer_size(socket, bytes)?;
    Ok(sockopt::socket_recv_buffer_size(socket)?)
}

/// Windows closes a connection whose packets nobody acknowledges after some 20 seconds.
pub(crate) fn set_acknowledgement_timeout(_: impl AsSocket, _: u32) {}
