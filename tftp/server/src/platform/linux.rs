//! Linux: the kernel keeps names inside a folder, and sockets have options of their own.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

/// Length of the queue of connections that wait to be accepted.
const BACKLOG: i32 = 4_096;

/// What limits the size of a receive buffer.
pub(crate) const BUFFER_LIMIT: &str = "net.core.rmem_max";

/// What to do if the process is not permitted to listen.
pub(crate) const NOT_ALLOWED: &str = "not allowed to listen here; use a port of 1024 or more, or give the process CAP_NET_BIND_SERVICE";

/// An open folder. The kernel resolves names below it: symbolic links may lead to other places in
/// the folder, but not out of it.
#[derive(Debug)]
pub(crate) struct Root(OwnedFd);

impl Root {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Opens a file for reading by its name, without waiting.
    pub(crate) fn file(&self, name: &str) -> io::Result<File> {
        // without NONBLOCK, opening a named pipe would block the thread
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        Ok(rustix::fs::openat2(&self.0, name, flags, Mode::empty(), resolve)?.into())
    }
}

/// Whether an error of [`Root::file`] means that there is no such file for clients. Otherwise this
/// machine has a problem.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(
            Errno::NOENT
                | Errno::NOTDIR
                | Errno::ISDIR
                | Errno::NAMETOOLONG
                | Errno::INVAL
                // a symbolic link in a circle, or out of the folder
                | Errno::LOOP
                | Errno::XDEV
                // not readable for this process
                | Errno::ACCESS
                | Errno::PERM
                // sockets, and devices without a driver
                | Errno::NXIO
                | Errno::NODEV
        )
    )
}

/// Whether this machine has no descriptors or no memory left.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    let code = Errno::from_io_error(error);
    matches!(code, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

/// Opens a socket that receives packets. One for IPv6 does not accept IPv4.
pub(crate) fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = open(address, SocketType::DGRAM)?;
    rustix::net::bind(&socket, &address)?;
    Ok(socket.into())
}

/// Opens a socket that accepts connections. One for IPv6 does not accept IPv4.
pub(crate) fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
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

/// Grows the receive buffer of a socket to a number of bytes, and returns its size afterwards. A
/// buffer is never made smaller: a service manager may have opened the socket with a larger one.
///
/// Privileged processes get any size; others at most [`BUFFER_LIMIT`].
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

/// Sets after how many milliseconds without an acknowledgement the kernel closes a connection.
pub(crate) fn set_acknowledgement_timeout(connection: impl AsFd, milliseconds: u32) {
    // without it, the kernel closes the connection later
    let _ = sockopt::set_tcp_user_timeout(connection, milliseconds);
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
