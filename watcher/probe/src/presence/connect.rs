//! Connections to the port, timed.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use adr_doctor::presence::observation::{Connection, ConnectionFailure};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::limits;

/// Connects to each address, to all at the same time, and closes the connections. With what was
/// seen comes the first address that was open.
pub(super) async fn connect(
    addresses: &[IpAddr],
    port: u16,
) -> (Vec<Connection>, Option<SocketAddr>) {
    let addresses = addresses.iter().take(limits::ADDRESSES);
    let attempts: Vec<_> = addresses.map(|address| tokio::spawn(attempt(*address, port))).collect();
    let mut seen = Vec::new();
    for attempt in attempts {
        // an attempt neither panics nor is canceled
        seen.extend(attempt.await.ok());
    }
    let open = seen.iter().find(|connection| connection.failure.is_none());
    let open = open.map(|connection| SocketAddr::new(connection.address, port));
    (seen, open)
}

async fn attempt(address: IpAddr, port: u16) -> Connection {
    let begun = Instant::now();
    let result = open_stream(SocketAddr::new(address, port)).await;
    let milliseconds = milliseconds(begun.elapsed());
    Connection { address, milliseconds, failure: result.err().map(|error| failure(&error)) }
}

/// Opens a connection, in the time that one may take.
pub(super) async fn open_stream(address: SocketAddr) -> io::Result<TcpStream> {
    let timed = timeout(limits::CONNECT, TcpStream::connect(address)).await;
    timed.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// A duration in whole milliseconds.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn failure(error: &io::Error) -> ConnectionFailure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectionFailure::Refused,
        io::ErrorKind::TimedOut => ConnectionFailure::TimedOut,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::PermissionDenied => ConnectionFailure::Unreachable,
        _ => ConnectionFailure::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn closed_and_open_ports_are_distinguished() {
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        let other = IpAddr::from(Ipv4Addr::new(127, 0, 0, 2));
        let listener = TcpListener::bind((other, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, open) = connect(&[here, other], port).await;
        assert_eq!(seen[0].failure, Some(ConnectionFailure::Refused));
        assert_eq!((seen[1].address, &seen[1].failure), (other, &None));
        assert_eq!(open, Some(SocketAddr::new(other, port)));
    }
}
