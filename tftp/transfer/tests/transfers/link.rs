//! A link between a sender and a receiver, with simulated time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use adr_transfer::{
    Content, Mode, Packet, ReceiveError, ReceiveOptions, Receiving, Request, SendOptions,
    SendState, Sending, SentTotal,
};

use crate::faults::Faults;

/// Bytes of a piece, if the file arrives in pieces.
const PIECE_BYTES: usize = 700;

/// A transfer to simulate.
pub(crate) struct Link {
    file: Vec<u8>,
    receive: ReceiveOptions,
    faults: Faults,
    pub(crate) mode: Mode,
    pub(crate) in_pieces: bool,
}

/// How a simulated transfer ended.
pub(crate) struct Outcome {
    pub(crate) received: Result<Vec<u8>, ReceiveError>,
    /// State and figures of the sender when the receiver ended.
    pub(crate) state: SendState,
    pub(crate) sent: SentTotal,
    /// Data packets that the sender sent, with repetitions.
    pub(crate) data_packets: u64,
    /// Timeouts of both sides.
    pub(crate) timeouts: u64,
}

impl Link {
    pub(crate) fn new(file: &[u8], receive: ReceiveOptions, faults: Faults) -> Self {
        Self { file: file.to_vec(), receive, faults, mode: Mode::Octet, in_pieces: false }
    }

    pub(crate) fn transfer(self, send: &SendOptions) -> Outcome {
        let receiving = Receiving::new(server(), "file", self.receive.clone());
        let now = Instant::now();
        let mut running = Running {
            receiver_deadline: now + self.receive.timeout,
            link: self,
            send,
            now,
            receiving,
            sending: None,
            state: SendState::InProgress,
            fed: 0,
            on_the_way: BTreeMap::new(),
            number: 0,
            received: Vec::new(),
            data_packets: 0,
            timeouts: 0,
        };
        let received = running.run();
        Outcome {
            received: received.map(|()| std::mem::take(&mut running.received)),
            state: running.state,
            sent: running.sending.map(|sending| sending.sent()).unwrap_or_default(),
            data_packets: running.data_packets,
            timeouts: running.timeouts,
        }
    }
}

struct Running<'s> {
    link: Link,
    send: &'s SendOptions,
    now: Instant,
    receiving: Receiving,
    receiver_deadline: Instant,
    sending: Option<Sending>,
    state: SendState,
    /// Bytes of the file that the sender has got, if it arrives in pieces.
    fed: usize,
    /// Packets by their time of arrival; `true` is for the sender.
    on_the_way: BTreeMap<(Instant, u64), (bool, Vec<u8>)>,
    number: u64,
    received: Vec<u8>,
    data_packets: u64,
    timeouts: u64,
}

impl Running<'_> {
    fn run(&mut self) -> Result<(), ReceiveError> {
        let request = self.receiving.request().to_vec();
        self.put(true, &request);
        let mut is_done = false;
        for _ in 0..2_000_000 {
            // what the receiver sent last may still reach the sender
            if is_done && (self.state != SendState::InProgress || self.on_the_way.is_empty()) {
                return Ok(());
            }
            let arrival = self.on_the_way.first_key_value().map(|((at, _), _)| *at);
            let sender = self.sending.as_ref().filter(|_| self.state == SendState::InProgress);
            let sender = sender.and_then(Sending::deadline).filter(|_| !is_done);
            let receiver = (!is_done).then_some(self.receiver_deadline);
            let Some(next) = [arrival, sender, receiver].into_iter().flatten().min() else {
                return Ok(());
            };
            self.now = self.now.max(next);
            if arrival == Some(next) {
                is_done |= self.arrive()?;
            } else if sender == Some(next) {
                self.timeouts += 1;
                let sending = self.sending.as_mut().unwrap();
                self.state = sending.time_out(self.now);
            } else {
                self.receiver_times_out()?;
            }
            self.write();
        }
        panic!("the transfer does not end");
    }

    /// Delivers the next packet, and returns whether the receiver has the whole file.
    fn arrive(&mut self) -> Result<bool, ReceiveError> {
        let (_, (is_for_sender, packet)) = self.on_the_way.pop_first().unwrap();
        if is_for_sender {
            self.at_sender(&packet);
            return Ok(false);
        }
        let (before, had_begun) = (self.receiving.received(), self.receiving.has_begun());
        let step = self.receiving.packet(peer(), &packet)?;
        self.received.extend_from_slice(step.bytes);
        let (reply, is_done) = (step.reply, step.is_done);
        if let Some(reply) = reply {
            self.put(true, &reply.bytes);
        }
        if self.receiving.received() > before || !had_begun {
            self.receiver_deadline = self.now + self.link.receive.timeout;
        }
        Ok(is_done)
    }

    fn receiver_times_out(&mut self) -> Result<(), ReceiveError> {
        self.timeouts += 1;
        let reply = self.receiving.time_out()?;
        self.put(true, &reply.bytes);
        self.receiver_deadline = self.now + self.link.receive.timeout;
        Ok(())
    }

    fn at_sender(&mut self, packet: &[u8]) {
        let is_request = packet[1] == 1;
        match &mut self.sending {
            Some(sending) if is_request && self.state == SendState::InProgress => {
                sending.repeat_first(self.now);
            }
            Some(_) | None if is_request => self.begin(packet),
            Some(sending) if self.state == SendState::InProgress => {
                self.state = sending.packet(packet, self.now);
            }
            _ => {}
        }
    }

    fn begin(&mut self, packet: &[u8]) {
        let Ok(Packet::Read(request)) = Packet::parse(packet) else { panic!("{packet:?}") };
        let request = Request { mode: self.link.mode, ..request };
        let content = if self.link.in_pieces {
            Content::pieces(Some(self.link.file.len() as u64))
        } else {
            Content::whole(self.link.file.clone().into())
        };
        self.fed = 0;
        self.state = SendState::InProgress;
        self.sending = Some(Sending::new(&request, content, self.send, self.now));
    }

    /// Puts what the sender has to send on the link.
    fn write(&mut self) {
        let Some(mut sending) = self.sending.take() else { return };
        let mut packets = Vec::new();
        while self.state == SendState::InProgress {
            while let Some(length) = sending.write(3, &mut packets) {
                for packet in packets.chunks(length) {
                    self.data_packets += u64::from(packet[1] == 3);
                    self.put(false, packet);
                }
            }
            if !sending.wants_more() {
                break;
            }
            let rest = &self.link.file[self.fed..];
            let piece = &rest[..rest.len().min(PIECE_BYTES)];
            sending.feed(piece, self.now);
            self.fed += piece.len();
        }
        self.sending = Some(sending);
    }

    fn put(&mut self, is_for_sender: bool, packet: &[u8]) {
        for delay in self.link.faults.arrivals(!is_for_sender) {
            self.number += 1;
            let key = (self.now + delay, self.number);
            self.on_the_way.insert(key, (is_for_sender, packet.to_vec()));
        }
    }
}

fn server() -> SocketAddr {
    "192.0.2.1:69".parse().unwrap()
}

fn peer() -> SocketAddr {
    "192.0.2.1:40000".parse().unwrap()
}
