//! A relay between TFTP clients and a server that loses packets. A seed decides which ones.
//!
//! A TFTP server answers from another port than it listens on. So the relay has two sockets for
//! every client: one that the client sees as the server's, and one that the server sees as the
//! client's.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};

/// The socket that clients send requests to.
const LISTENER: Token = Token(0);

/// A relay that runs until it is dropped.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<io::Result<PacketLoss>>>,
}

/// Packets that arrived at a relay, and packets that it lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketLoss {
    /// All packets in both directions.
    pub packets: u64,
    /// Packets that the relay did not forward.
    pub lost: u64,
}

impl Relay {
    /// A relay on a free port in front of `server`, which loses `percent` of 100 packets.
    ///
    /// # Errors
    ///
    /// The operating system refuses a socket.
    pub fn before(server: SocketAddr, percent: u64, seed: u64) -> io::Result<Self> {
        let poll = Poll::new()?;
        let listener = open(&poll, LISTENER)?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let mut relay = Running {
            server,
            percent,
            seed,
            poll,
            listener,
            clients: HashMap::new(),
            links: Vec::new(),
            counts: PacketLoss::default(),
            stop: stop.clone(),
        };
        Ok(Self { address, stop, thread: Some(std::thread::spawn(move || relay.run())) })
    }

    /// The address for requests of clients.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the relay, and returns how many packets it lost.
    ///
    /// # Errors
    ///
    /// A socket failed.
    pub fn end(mut self) -> io::Result<PacketLoss> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        ended.map_or_else(
            || Ok(PacketLoss::default()),
            |ended| ended.unwrap_or_else(|_| Err(io::Error::other("the relay panicked"))),
        )
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The two sockets of a client.
struct Link {
    client: SocketAddr,
    /// For the client, this is the server's port of the transfer.
    to_client: UdpSocket,
    /// For the server, this is the client's port.
    to_server: UdpSocket,
    /// The address from which the server answers, or `server` before the first answer.
    peer: SocketAddr,
}

struct Running {
    server: SocketAddr,
    percent: u64,
    seed: u64,
    poll: Poll,
    listener: UdpSocket,
    clients: HashMap<SocketAddr, usize>,
    links: Vec<Link>,
    counts: PacketLoss,
    stop: Arc<AtomicBool>,
}

impl Running {
    fn run(&mut self) -> io::Result<PacketLoss> {
        let mut events = Events::with_capacity(256);
        while !self.stop.load(Ordering::Relaxed) {
            self.poll.poll(&mut events, Some(Duration::from_millis(50)))?;
            for event in &events {
                self.receive(event.token())?;
            }
        }
        Ok(self.counts)
    }

    fn receive(&mut self, token: Token) -> io::Result<()> {
        let mut packet = vec![0_u8; 1 << 16];
        loop {
            let from = match token {
                LISTENER => &self.listener,
                Token(at) if at % 2 == 1 => &self.links[at / 2].to_client,
                Token(at) => &self.links[at / 2 - 1].to_server,
            };
            match from.recv_from(&mut packet) {
                Ok((size, from)) => self.forward(token, &packet[..size], from)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn forward(&mut self, token: Token, packet: &[u8], from: SocketAddr) -> io::Result<()> {
        let link = match token {
            LISTENER => self.link(from)?,
            Token(at) => (at - 1) / 2,
        };
        if self.loses() {
            return Ok(());
        }
        let server = self.server;
        let link = &mut self.links[link];
        // a packet to a closed port is lost, as on a real line
        let _ = match token {
            LISTENER => link.to_server.send_to(packet, server),
            Token(at) if at % 2 == 1 => link.to_server.send_to(packet, link.peer),
            Token(_) => {
                link.peer = from;
                link.to_client.send_to(packet, link.client)
            }
        };
        Ok(())
    }

    /// The link of a client, opened at its first request.
    fn link(&mut self, client: SocketAddr) -> io::Result<usize> {
        if let Some(known) = self.clients.get(&client) {
            return Ok(*known);
        }
        let at = self.links.len();
        let link = Link {
            client,
            to_client: open(&self.poll, Token(2 * at + 1))?,
            to_server: open(&self.poll, Token(2 * at + 2))?,
            peer: self.server,
        };
        self.links.push(link);
        self.clients.insert(client, at);
        Ok(at)
    }

    /// Whether the next packet is lost; this depends on the seed and the number of the packet only.
    fn loses(&mut self) -> bool {
        self.counts.packets += 1;
        let loses = mixed(self.seed ^ self.counts.packets) % 100 < self.percent;
        self.counts.lost += u64::from(loses);
        loses
    }
}

fn open(poll: &Poll, token: Token) -> io::Result<UdpSocket> {
    let mut socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into())?;
    poll.registry().register(&mut socket, token, Interest::READABLE)?;
    Ok(socket)
}

/// The finalizer of SplitMix64.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
