//! Requests by which a server finds out whether it answers: through its own listening sockets, as
//! clients see it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::outcome::Protocol;
use crate::server::Addresses;
use crate::service::Service;

/// How long a listener has for its answer.
const TIME_LIMIT: Duration = Duration::from_secs(1);

/// Time until a TFTP request is sent again. A flood can fill the receive buffer of the listener.
const REPEAT_AFTER: Duration = Duration::from_millis(200);

/// How long a result is used again, so that requests to the admin port cannot put load on the
/// listeners.
const KEPT: Duration = Duration::from_secs(1);

/// How long an address counts as that of a probe: requests are recorded after they are answered.
const REMEMBERED: Duration = Duration::from_secs(5);

/// A name that no client can get.
const NAME: &str = "-/ready";

/// The addresses from which probes come. Their requests are not those of clients: they are neither
/// logged nor counted.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    /// The number of addresses, which is read without the lock.
    count: AtomicUsize,
    /// With the time at which each is forgotten.
    addresses: Mutex<Vec<(SocketAddr, Instant)>>,
}

impl Probes {
    fn add(&self, address: SocketAddr) {
        let now = Instant::now();
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.retain(|(_, until)| *until > now);
        addresses.push((canonical(address), now + REMEMBERED));
        self.count.store(addresses.len(), Ordering::SeqCst);
    }

    /// Whether requests from this address are probes.
    pub(crate) fn are_from(&self, address: SocketAddr) -> bool {
        if self.count.load(Ordering::SeqCst) == 0 {
            return false;
        }
        let (now, address) = (Instant::now(), canonical(address));
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.iter().any(|(known, until)| *known == address && *until > now)
    }
}

/// Without the mapping of IPv4 into IPv6.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Asks all listeners of a server, at most once a second.
#[derive(Debug)]
pub(crate) struct Probe {
    service: Arc<Service>,
    listeners: Vec<(Protocol, SocketAddr)>,
    /// The listeners that did not answer last, in words, and when that was.
    last: tokio::sync::Mutex<Option<(Instant, Arc<[String]>)>>,
}

impl Probe {
    pub(crate) fn new(service: Arc<Service>, addresses: &Addresses) -> Self {
        let Addresses { tftp, http, https } = addresses;
        let of = |protocol, addresses: &[SocketAddr]| -> Vec<_> {
            addresses.iter().map(|address| (protocol, *address)).collect()
        };
        let tftp = of(Protocol::Tftp, tftp);
        let listeners = [tftp, of(Protocol::Http, http), of(Protocol::Https, https)].concat();
        Self { service, listeners, last: tokio::sync::Mutex::default() }
    }

    /// The listeners that do not answer within a second, in words; empty if all answer.
    pub(crate) async fn silent(&self) -> Arc<[String]> {
        // requests that come meanwhile wait for the same result
        let mut last = self.last.lock().await;
        if let Some((_, silent)) = last.as_ref().filter(|(at, _)| at.elapsed() < KEPT) {
            return Arc::clone(silent);
        }
        let mut asked = JoinSet::new();
        for (position, (protocol, address)) in self.listeners.iter().copied().enumerate() {
            let service = Arc::clone(&self.service);
            asked.spawn(async move {
                let answer = timeout(TIME_LIMIT, ask(&service, protocol, address)).await;
                let is_silent = !matches!(answer, Ok(Ok(())));
                let word = protocol.word().to_uppercase();
                is_silent.then(|| (position, format!("{word} at {address} does not answer")))
            });
        }
        let mut silent: Vec<_> = asked.join_all().await.into_iter().flatten().collect();
        silent.sort_unstable();
        let silent: Arc<[String]> = silent.into_iter().map(|(_, words)| words).collect();
        *last = Some((Instant::now(), Arc::clone(&silent)));
        silent
    }
}

/// Asks one listener; any answer will do.
async fn ask(service: &Service, protocol: Protocol, listener: SocketAddr) -> io::Result<()> {
    let listener = reachable(listener);
    let local = local_address(listener)?;
    match protocol {
        Protocol::Tftp => ask_tftp(service, local, listener).await,
        Protocol::Http | Protocol::Https => ask_http(service, local, listener).await,
    }
}

/// An error packet is the expected answer.
async fn ask_tftp(service: &Service, local: SocketAddr, listener: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind(local).await?;
    service.probes.add(socket.local_addr()?);
    let request = format!("\0\u{1}{NAME}\0octet\0");
    loop {
        socket.send_to(request.as_bytes(), listener).await?;
        let mut answer = [0; 64];
        if let Ok(received) = timeout(REPEAT_AFTER, socket.recv_from(&mut answer)).await {
            return received.map(drop);
        }
    }
}

/// By HTTP, 404 is the expected answer. A listener with TLS closes the connection, because this is
/// not TLS.
async fn ask_http(service: &Service, local: SocketAddr, listener: SocketAddr) -> io::Result<()> {
    let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(local)?;
    service.probes.add(socket.local_addr()?);
    let mut stream = socket.connect(listener).await?;
    let request = format!("HEAD /{NAME} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.read(&mut [0; 64]).await.map(drop)
}

/// An address at which this machine reaches a listener: one that listens on all addresses is asked
/// through the loopback interface.
fn reachable(listener: SocketAddr) -> SocketAddr {
    let loopback = match listener.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        _ => return listener,
    };
    SocketAddr::new(loopback, listener.port())
}

/// The address from which packets to a listener come, with port 0. A socket that is not bound to it
/// would learn its address only from the first packet.
fn local_address(listener: SocketAddr) -> io::Result<SocketAddr> {
    let any: IpAddr = match listener {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = std::net::UdpSocket::bind((any, 0))?;
    socket.connect(listener)?;
    let mut local = socket.local_addr()?;
    local.set_port(0);
    Ok(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probe_is_known_by_its_address_for_a_while() {
        let probes = Probes::default();
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert!(!probes.are_from(address("127.0.0.1:1")));
        probes.add(address("127.0.0.1:1"));
        assert!(probes.are_from(address("[::ffff:127.0.0.1]:1")));
        assert!(!probes.are_from(address("127.0.0.1:2")));
        let over = Instant::now().checked_sub(REMEMBERED).unwrap();
        probes.addresses.lock().unwrap()[0].1 = over;
        assert!(!probes.are_from(address("127.0.0.1:1")));
    }

    #[test]
    fn listener_on_all_addresses_is_reached_by_loopback() {
        for (listener, reached) in [
            ("0.0.0.0:69", "127.0.0.1:69"),
            ("[::]:69", "[::1]:69"),
            ("10.0.0.5:69", "10.0.0.5:69"),
            ("[2001:db8::5]:69", "[2001:db8::5]:69"),
        ] {
            assert_eq!(reachable(listener.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
