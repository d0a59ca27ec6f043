//! A storm of TFTP clients: one socket for each download, all of them in one poll.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};

use super::{Download, Expected, Figures, Pace, Step, allow_sockets};

/// Time between two checks of the timeouts.
const TICK: Duration = Duration::from_millis(20);

/// How long transfers in progress at the end of a load may take to complete.
const GRACE: Duration = Duration::from_secs(5);

/// The error packet for a packet of another transfer, see RFC 1350.
const UNKNOWN_PORT: &[u8] = b"\0\x05\0\x05unknown transfer\0";

/// Packets that a client receives before it is the next client's turn.
const BATCH: usize = 64;

/// Many clients that request one file.
#[derive(Clone, Debug)]
pub struct Storm {
    /// Address of the server.
    pub server: SocketAddr,
    /// Name of the file.
    pub file: String,
    /// Allowed contents.
    pub expected: Expected,
    /// Number of clients.
    pub clients: usize,
    /// Whether each client downloads once or repeatedly.
    pub pace: Pace,
    /// Options of the requests, such as `blksize`, with their values.
    pub options: Vec<(&'static str, u64)>,
    /// Time without an answer after which a client sends again.
    pub timeout: Duration,
    /// Time after which a client gives up.
    pub deadline: Duration,
}

impl Storm {
    /// Clients that download once, without options, with a timeout of a second and a deadline of a
    /// minute.
    #[must_use]
    pub fn new(server: SocketAddr, file: &str, expected: Expected, clients: usize) -> Self {
        Self {
            server,
            file: file.to_owned(),
            expected,
            clients,
            pace: Pace::Once,
            options: Vec::new(),
            timeout: Duration::from_secs(1),
            deadline: Duration::from_secs(60),
        }
    }

    /// Runs the load.
    ///
    /// # Errors
    ///
    /// The operating system refuses sockets.
    pub fn run(&self) -> io::Result<Figures> {
        allow_sockets(self.clients).map_err(io::Error::other)?;
        let mut running = Running {
            storm: self,
            request: Download::request(&self.file, &self.options),
            poll: Poll::new()?,
            clients: (0..self.clients).map(|_| None).collect(),
            figures: Figures::default(),
            active: 0,
            began: Instant::now(),
            packet: vec![0; 1 << 16],
        };
        running.run()?;
        Ok(running.figures)
    }
}

struct Client {
    socket: UdpSocket,
    download: Download,
    /// The port from which the server answers; `None` before the first answer.
    peer: Option<SocketAddr>,
    began: Instant,
    sent: Instant,
}

struct Running<'s> {
    storm: &'s Storm,
    request: Vec<u8>,
    poll: Poll,
    clients: Vec<Option<Client>>,
    figures: Figures,
    active: usize,
    began: Instant,
    packet: Vec<u8>,
}

impl Running<'_> {
    fn run(&mut self) -> io::Result<()> {
        for at in 0..self.clients.len() {
            self.begin(at)?;
        }
        let mut events = Events::with_capacity(1024);
        let mut tick = Instant::now() + TICK;
        while self.active > 0 && !self.is_over(GRACE) {
            let wait = tick.saturating_duration_since(Instant::now());
            self.poll.poll(&mut events, Some(wait))?;
            for event in &events {
                self.drain(event.token().0)?;
            }
            if Instant::now() >= tick {
                self.check_timeouts()?;
                tick = Instant::now() + TICK;
            }
        }
        let after_end = match &self.storm.pace {
            Pace::Once => None,
            Pace::Until(end) => end.since(self.began),
        };
        self.figures.end(self.began.elapsed().saturating_sub(after_end.unwrap_or_default()));
        Ok(())
    }

    /// Whether the load has ended, and `grace` has passed since.
    ///
    /// Transfers in progress at the end complete without being counted. If they were dropped, the
    /// server would go on sending to ports that the next load uses.
    fn is_over(&self, grace: Duration) -> bool {
        match &self.storm.pace {
            Pace::Once => false,
            Pace::Until(end) => end.since(self.began).is_some_and(|since| since >= grace),
        }
    }

    fn begin(&mut self, at: usize) -> io::Result<()> {
        let any: IpAddr = match self.storm.server {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let mut socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
        self.poll.registry().register(&mut socket, Token(at), Interest::READABLE)?;
        // if a full buffer drops the request, the client sends it again
        let _ = socket.send_to(&self.request, self.storm.server);
        let now = Instant::now();
        self.clients[at] = Some(Client {
            socket,
            download: Download::new(&self.storm.expected),
            peer: None,
            began: now,
            sent: now,
        });
        self.active += 1;
        Ok(())
    }

    fn drain(&mut self, at: usize) -> io::Result<()> {
        for _ in 0..BATCH {
            let Some(client) = &self.clients[at] else {
                return Ok(());
            };
            match client.socket.recv_from(&mut self.packet) {
                Ok((size, from)) => self.process(at, size, from)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                // no process listens on this port yet: the client sends again
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            }
        }
        // more packets may be waiting, and the system reports readiness only once
        self.rearm(at)
    }

    fn rearm(&mut self, at: usize) -> io::Result<()> {
        let Some(client) = &mut self.clients[at] else {
            return Ok(());
        };
        let registry = self.poll.registry();
        registry.reregister(&mut client.socket, Token(at), Interest::READABLE)
    }

    fn process(&mut self, at: usize, size: usize, from: SocketAddr) -> io::Result<()> {
        let Some(client) = &mut self.clients[at] else {
            return Ok(());
        };
        let packet = &self.packet[..size];
        let is_ours = from.ip() == self.storm.server.ip()
            && client.peer.map_or_else(|| Download::is_first(packet), |peer| peer == from);
        if !is_ours {
            // a second transfer for the same request, or one for an earlier socket on this port
            let _ = client.socket.send_to(UNKNOWN_PORT, from);
            return Ok(());
        }
        client.peer = Some(from);
        match client.download.packet(packet) {
            Step::Wait => client.sent = Instant::now(),
            Step::Acknowledge(block) => client.acknowledge(block),
            Step::Done(block, content) => {
                client.acknowledge(block);
                let time = client.began.elapsed();
                if !self.is_over(Duration::ZERO) {
                    self.figures.count(content, time);
                }
                self.finish(at)?;
            }
            Step::Failed(why) => {
                self.figures.count_failed(why);
                self.finish(at)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, at: usize) -> io::Result<()> {
        self.clients[at] = None;
        self.active -= 1;
        match self.storm.pace {
            Pace::Until(_) if !self.is_over(Duration::ZERO) => self.begin(at),
            _ => Ok(()),
        }
    }

    fn check_timeouts(&mut self) -> io::Result<()> {
        let now = Instant::now();
        for at in 0..self.clients.len() {
            let Some(client) = &mut self.clients[at] else {
                continue;
            };
            if now.duration_since(client.began) > self.storm.deadline {
                let reason = client.peer.map_or("no answer", |_| "no end");
                self.figures.count_failed(reason.to_owned());
                self.finish(at)?;
            } else if now.duration_since(client.sent) > self.storm.timeout {
                self.figures.repeated += 1;
                client.resend(&self.request, self.storm.server);
            }
        }
        Ok(())
    }
}

impl Client {
    fn acknowledge(&mut self, block: u16) {
        let [high, low] = block.to_be_bytes();
        if let Some(peer) = self.peer {
            let _ = self.socket.send_to(&[0, 4, high, low], peer);
        }
        self.sent = Instant::now();
    }

    fn resend(&mut self, request: &[u8], server: SocketAddr) {
        match (self.peer, self.download.last_block()) {
            (Some(_), Some(block)) => self.acknowledge(block),
            (Some(_), None) => self.acknowledge(0),
            (None, _) => {
                let _ = self.socket.send_to(request, server);
                self.sent = Instant::now();
            }
        }
    }
}
