//! A bad line between TFTP clients and a server: it loses packets, and which ones is decided by a
//! seed.
//!
//! A server answers from another port than it is asked on, so every client gets two sockets: one
//! that it sees as the server's, and one that the server sees as the client's.

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
const DOOR: Token = Token(0);

/// A relay that runs until it is dropped.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<io::Result<Lost>>>,
}

/// Packets that came to a relay, and those of them that went no further.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// All packets, both ways.
    pub packets: u64,
    /// Packets that were thrown away.
    pub lost: u64,
}

impl Relay {
    /// A relay on a port of its own before `server`, which loses `loss` packets of a hundred.
    ///
    /// # Errors
    ///
    /// The operating system refuses a socket.
    pub fn before(server: SocketAddr, loss: u64, seed: u64) -> io::Result<Self> {
        let poll = Poll::new()?;
        let door = open(&poll, DOOR)?;
        let address = door.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let mut line = Line {
            server,
            loss,
            seed,
            poll,
            door,
            clients: HashMap::new(),
            ways: Vec::new(),
            lost: Lost::default(),
            stop: stop.clone(),
        };
        Ok(Self { address, stop, thread: Some(std::thread::spawn(move || line.run())) })
    }

    /// Where clients ask.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the relay and tells what it lost.
    ///
    /// # Errors
    ///
    /// What ended it before.
    pub fn end(mut self) -> io::Result<Lost> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        ended.map_or_else(
            || Ok(Lost::default()),
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
struct Way {
    client: SocketAddr,
    /// The client takes this one for the server's port of the transfer.
    near: UdpSocket,
    /// The server takes this one for the client's.
    far: UdpSocket,
    /// Where the server answers from, once it has.
    peer: SocketAddr,
}

struct Line {
    server: SocketAddr,
    loss: u64,
    seed: u64,
    poll: Poll,
    door: UdpSocket,
    clients: HashMap<SocketAddr, usize>,
    ways: Vec<Way>,
    lost: Lost,
    stop: Arc<AtomicBool>,
}

impl Line {
    fn run(&mut self) -> io::Result<Lost> {
        let mut events = Events::with_capacity(256);
        while !self.stop.load(Ordering::Relaxed) {
            self.poll.poll(&mut events, Some(Duration::from_millis(50)))?;
            for event in &events {
                self.carry(event.token())?;
            }
        }
        Ok(self.lost)
    }

    fn carry(&mut self, token: Token) -> io::Result<()> {
        let mut packet = vec![0_u8; 1 << 16];
        loop {
            let from = match token {
                DOOR => &self.door,
                Token(at) if at % 2 == 1 => &self.ways[at / 2].near,
                Token(at) => &self.ways[at / 2 - 1].far,
            };
            match from.recv_from(&mut packet) {
                Ok((size, from)) => self.pass(token, &packet[..size], from)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn pass(&mut self, token: Token, packet: &[u8], from: SocketAddr) -> io::Result<()> {
        let way = match token {
            DOOR => self.way(from)?,
            Token(at) => (at - 1) / 2,
        };
        if self.loses() {
            return Ok(());
        }
        let server = self.server;
        let way = &mut self.ways[way];
        // a receiver that is gone gets nothing, as on a real line
        let _ = match token {
            DOOR => way.far.send_to(packet, server),
            Token(at) if at % 2 == 1 => way.far.send_to(packet, way.peer),
            Token(_) => {
                way.peer = from;
                way.near.send_to(packet, way.client)
            }
        };
        Ok(())
    }

    /// The way of a client, made at its first request.
    fn way(&mut self, client: SocketAddr) -> io::Result<usize> {
        if let Some(known) = self.clients.get(&client) {
            return Ok(*known);
        }
        let at = self.ways.len();
        let way = Way {
            client,
            near: open(&self.poll, Token(2 * at + 1))?,
            far: open(&self.poll, Token(2 * at + 2))?,
            peer: self.server,
        };
        self.ways.push(way);
        self.clients.insert(client, at);
        Ok(at)
    }

    /// The n-th packet is lost or not by seed and n alone.
    fn loses(&mut self) -> bool {
        self.lost.packets += 1;
        let loses = mixed(self.seed ^ self.lost.packets) % 100 < self.loss;
        self.lost.lost += u64::from(loses);
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
