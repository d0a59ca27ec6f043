//! The UDP sockets of the TFTP server: listeners for requests, and for each of them a pool of other
//! ports from which transfers are served.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use adr_transfer::SendOptions;
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSocketState};

/// Ports from which the transfers of one listener are served. A forged acknowledgement has to guess
/// the port. Everybody can learn which ports there are, by requests of their own.
pub(super) const POOL: usize = 128;

/// Ports of all listeners together, if there are more than two.
const MAX_POOL: usize = 2 * POOL;

/// Fewest ports of a listener.
const MIN_POOL: usize = 16;

/// Size of a receive buffer: the largest UDP packet. Only pages that are used take memory.
const MAX_PACKET_BYTES: usize = 1 << 16;

/// All sockets. The listeners come first; a socket is known by its index.
#[derive(Debug)]
pub(super) struct Ports {
    sockets: Vec<UdpSocket>,
    listeners: Vec<Listener>,
}

#[derive(Debug)]
struct Listener {
    /// Receives requests, with the address to which they were sent.
    receiving: UdpSocketState,
    /// Sends from the sockets of the pool.
    sending: UdpSocketState,
    /// Whether it has all addresses of this machine.
    has_all_addresses: bool,
    pool: Range<usize>,
}

/// Where a packet comes from, and where it was sent to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// The socket that received it.
    pub(super) port: usize,
    pub(super) from: SocketAddr,
    /// The address of this machine to which it was sent; `None` if the system does not know.
    pub(super) to: Option<IpAddr>,
}

/// The way from a socket of the pool to a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) port: usize,
    pub(super) client: SocketAddr,
    /// The address from which packets leave: the one that was asked.
    pub(super) source: Option<IpAddr>,
}

impl Ports {
    /// Opens a pool for each listener, at the address of the listener.
    ///
    /// # Errors
    ///
    /// The operating system refuses a socket.
    pub(super) fn open(listeners: Vec<std::net::UdpSocket>) -> io::Result<Self> {
        let size = (MAX_POOL / listeners.len().max(1)).clamp(MIN_POOL, POOL);
        let mut ports = Self { sockets: Vec::new(), listeners: Vec::new() };
        let mut pools = Vec::new();
        for (at, listener) in listeners.iter().enumerate() {
            let from = listeners.len() + at * size;
            let mut address = listener.local_addr()?;
            address.set_port(0);
            // The state sets options that packets of a transfer must not have: without fragments,
            // a block that is too long for a tunnel would never arrive. A socket that is closed
            // again gets them.
            let other = std::net::UdpSocket::bind(address)?;
            ports.listeners.push(Listener {
                receiving: UdpSocketState::new(listener.into())?,
                sending: UdpSocketState::new((&other).into())?,
                has_all_addresses: address.ip().is_unspecified(),
                pool: from..from + size,
            });
            for _ in 0..size {
                pools.push(UdpSocket::bind(address)?);
            }
        }
        ports.sockets = listeners.into_iter().map(UdpSocket::from_std).chain(pools).collect();
        Ok(ports)
    }

    /// Reports packets that arrive at any socket, with the index of the socket as token.
    pub(super) fn register(&mut self, registry: &Registry) -> io::Result<()> {
        for (index, socket) in self.sockets.iter_mut().enumerate() {
            registry.register(socket, Token(index), Interest::READABLE)?;
        }
        Ok(())
    }

    /// What a transfer may send from pools of this size. Fewer ports are easier to guess, so each
    /// acknowledgement pays for less.
    pub(super) fn adapt(&self, options: &SendOptions) -> SendOptions {
        let size = self.listeners.first().map_or(POOL, |listener| listener.pool.len());
        let share = |most: usize| (most.saturating_mul(size) / POOL).max(1);
        let max_packets = usize::try_from(options.max_packets_per_ack).unwrap_or(usize::MAX);
        SendOptions {
            max_window_size: u16::try_from(share(options.max_window_size.into())).unwrap_or(1),
            max_packets_per_ack: u32::try_from(share(max_packets)).unwrap_or(u32::MAX),
            ..options.clone()
        }
    }

    /// The number of sockets.
    pub(super) fn count(&self) -> usize {
        self.sockets.len()
    }

    /// The listener to which a socket belongs.
    pub(super) fn listener(&self, port: usize) -> usize {
        let is_owner = |listener: &Listener| listener.pool.contains(&port);
        self.listeners.iter().position(is_owner).unwrap_or(port)
    }

    /// Whether a socket receives requests.
    pub(super) fn is_listener(&self, port: usize) -> bool {
        port < self.listeners.len()
    }

    /// The way back to the sender of a request, from the port of the pool that a random number
    /// chooses.
    pub(super) fn route(&self, request: &Arrival, random: u64) -> Route {
        let listener = &self.listeners[self.listener(request.port)];
        let size = listener.pool.len().max(1) as u64;
        let port = listener.pool.start + usize::try_from(random % size).unwrap_or_default();
        let is_own = |address: &IpAddr| match address {
            IpAddr::V4(address) => !address.is_multicast() && !address.is_broadcast(),
            IpAddr::V6(address) => !address.is_multicast(),
        };
        let source = request.to.filter(|_| listener.has_all_addresses).filter(is_own);
        Route { port, client: request.from, source }
    }

    /// How many packets of a transfer the operating system can take at once.
    pub(super) fn max_batch(&self, port: usize) -> usize {
        self.listeners[self.listener(port)].sending.max_gso_segments()
    }

    /// Sends packets of `length` bytes, of which the last may be shorter. A packet that cannot be
    /// sent is lost, like one that the network loses.
    pub(super) fn send(&self, route: &Route, packets: &[u8], length: usize) {
        if packets.len() > length && self.try_send(route, packets, Some(length)).is_ok() {
            return;
        }
        for packet in packets.chunks(length.max(1)) {
            if let Err(error) = self.try_send(route, packet, None) {
                tracing::debug!(client = %route.client, %error, "a TFTP packet cannot be sent");
            }
        }
    }

    fn try_send(&self, route: &Route, contents: &[u8], segment: Option<usize>) -> io::Result<()> {
        let socket = &self.sockets[route.port];
        let state = &self.listeners[self.listener(route.port)].sending;
        let (destination, src_ip) = (route.client, route.source);
        let transmit = Transmit { destination, ecn: None, contents, segment_size: segment, src_ip };
        match state.try_send(socket.into(), &transmit) {
            Err(error) if is_source_refused(&error) && src_ip.is_some() => {
                // such as the broadcast address of a network
                state.try_send(socket.into(), &Transmit { src_ip: None, ..transmit })
            }
            sent => sent,
        }
    }
}

fn is_source_refused(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::AddrNotAvailable)
}

/// Buffers for received packets; none by default.
#[derive(Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    packets: Vec<RecvMeta>,
}

impl Inbox {
    /// Buffers for one batch.
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; BATCH_SIZE * MAX_PACKET_BYTES],
            packets: vec![RecvMeta::default(); BATCH_SIZE],
        }
    }

    /// Receives what has arrived at a socket, at most one batch. Returns how many buffers were
    /// filled, and whether more may wait.
    pub(super) fn receive(&mut self, ports: &Ports, port: usize) -> io::Result<(usize, bool)> {
        let mut buffers = self.bytes.chunks_exact_mut(MAX_PACKET_BYTES).map(IoSliceMut::new);
        let mut buffers: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| buffers.next().unwrap_or_else(|| IoSliceMut::new(&mut [])));
        let state = &ports.listeners[ports.listener(port)].receiving;
        let socket = &ports.sockets[port];
        // otherwise Windows would not report later packets
        let receive = || state.recv(socket.into(), &mut buffers, &mut self.packets);
        let count = socket.try_io(receive)?;
        Ok((count, count == BATCH_SIZE))
    }

    /// The packets of a filled buffer: the system may join packets of one sender.
    pub(super) fn packets(&self, buffer: usize) -> (&RecvMeta, impl Iterator<Item = &[u8]>) {
        let meta = &self.packets[buffer];
        let bytes = &self.bytes[buffer * MAX_PACKET_BYTES..][..meta.len];
        // an empty packet has no chunks
        (meta, bytes.chunks(meta.stride.max(1)))
    }
}
