//! The loop that receives packets, advances transfers and ends them.

mod room;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io;
use std::net::UdpSocket;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Waker as TaskWaker};
use std::time::{Duration, Instant};

use adr_transfer::{Packet, SendOptions, SendState};
use mio::{Events, Poll, Token, Waker};

use super::answer::{self, Answer, Refusal, Unserved};
use super::held::{HeldBytes, MAX_UNACKNOWLEDGED_BYTES};
use super::mailbox::Mailbox;
use super::ports::{Arrival, Inbox, POOL, Ports, Route};
use super::ready::Ready;
use super::table::{Id, Table};
use super::transfer::{Active, Failed, Key, Stage, Transfer};
use crate::client::ClientKey;
use crate::fallback::NotServed;
use crate::outcome::Outcome;
use crate::restarts::Part;
use crate::service::{Request, Sent, Service};

/// The token of the mailbox; the others are those of sockets.
const MAILBOX: Token = Token(usize::MAX);

/// Events that are taken from the system at once: more than there are sockets, as a rule.
const EVENTS: usize = 1_024;

/// At the end of the server, a transfer of which the client has acknowledged nothing for so long is
/// not waited for. Its client repeats a request after a second or five.
const UNANSWERED_AT_END: Duration = Duration::from_secs(6);

/// Most panics of requests until the loop starts anew: something in it may be damaged.
const MAX_PANICS: u32 = 100;

/// Longest wait, and longest time of a timer. The task that wakes the loop at the end is lost if
/// its runtime ends first, and a transfer that ends leaves its timer behind.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// Receives and answers all packets of all listeners.
pub(super) struct EventLoop {
    service: Arc<Service>,
    options: SendOptions,
    /// For clients whose address others may forge.
    suspect_options: SendOptions,
    poll: Poll,
    mailbox: Arc<Mailbox>,
    ports: Ports,
    inbox: Inbox,
    /// Sockets that may have packets.
    ready: Ready,
    transfers: Table,
    /// When to look at a transfer: at its deadline at the latest.
    timers: BinaryHeap<Reverse<(Instant, Id)>>,
    /// Chooses ports, and hashes requests, with a secret of this process.
    random: RandomState,
    number: u64,
    /// How often processing a packet or a transfer panicked.
    panics: u32,
    /// A buffer for packets to send.
    packets: Vec<u8>,
}

impl EventLoop {
    /// Opens the ports for transfers.
    ///
    /// # Errors
    ///
    /// The operating system refuses a socket.
    pub(super) fn new(listeners: Vec<UdpSocket>, service: Arc<Service>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut ports = Ports::open(listeners)?;
        ports.register(poll.registry())?;
        let mailbox = Mailbox::new(Waker::new(poll.registry(), MAILBOX)?);
        let limits = &service.settings.limits.tftp;
        let in_progress = Arc::clone(&service.transfers);
        let cache_bytes = service.settings.limits.upstream.cache_bytes as u64;
        let max_held = MAX_UNACKNOWLEDGED_BYTES.max(cache_bytes);
        let held = HeldBytes::new(max_held, Arc::clone(&service.held_bytes));
        let options = ports.adapt(&limits.send_options());
        Ok(Self {
            suspect_options: SendOptions { max_window_size: 1, ..options.clone() },
            options,
            transfers: Table::new(limits, in_progress, held, Instant::now()),
            ready: Ready::new(ports.count()),
            service,
            poll,
            mailbox,
            ports,
            inbox: Inbox::new(),
            timers: BinaryHeap::new(),
            random: RandomState::new(),
            number: 0,
            panics: 0,
            packets: Vec::new(),
        })
    }

    /// Wakes the loop from another thread.
    pub(super) fn mailbox(&self) -> Arc<Mailbox> {
        Arc::clone(&self.mailbox)
    }

    /// Serves until the server stops.
    ///
    /// # Errors
    ///
    /// The operating system refuses to wait for packets.
    pub(super) fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        while !self.service.signal.is_stopped() {
            self.service.faults.reach(Part::Tftp);
            self.wait(&mut events)?;
            for id in self.mailbox.take() {
                self.step(|_| Some(id), |it| it.advance(id));
            }
            for _ in 0..self.ready.len() {
                let Some(port) = self.ready.next() else { break };
                self.receive(port);
            }
            self.check_timers();
            if self.panics > MAX_PANICS {
                return Err(io::Error::other("too many requests caused a panic"));
            }
        }
        for id in self.transfers.ids() {
            self.end(id, Outcome::Unanswered);
        }
        Ok(())
    }

    /// Processes a packet or a transfer. If that panics, only the transfer is lost.
    fn step(
        &mut self,
        transfer: impl FnOnce(&Self) -> Option<Id>,
        process: impl FnOnce(&mut Self),
    ) {
        if catch_unwind(AssertUnwindSafe(|| process(self))).is_ok() {
            return;
        }
        self.panics += 1;
        self.service.records.metrics().count_restart(Part::Request);
        if let Some(id) = transfer(self) {
            self.transfers.remove(id);
        }
    }

    /// Waits for packets, or for the next timer.
    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let until_timer =
            self.timers.peek().map(|Reverse((at, _))| at.saturating_duration_since(Instant::now()));
        let until_timer = until_timer.map_or(MAX_WAIT, |wait| wait.min(MAX_WAIT));
        let wait = if self.ready.is_empty() { until_timer } else { Duration::ZERO };
        match self.poll.poll(events, Some(wait)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &*events {
            if event.token() != MAILBOX {
                self.ready.add(event.token().0);
            }
        }
        Ok(())
    }

    /// Processes a batch of packets of one socket.
    fn receive(&mut self, port: usize) {
        let mut inbox = std::mem::take(&mut self.inbox);
        match inbox.receive(&self.ports, port) {
            Ok((count, may_have_more)) => {
                for buffer in 0..count {
                    let (meta, packets) = inbox.packets(buffer);
                    let arrival = Arrival { port, from: meta.addr, to: meta.dst_ip };
                    for packet in packets {
                        let key = Key { port, client: arrival.from };
                        self.step(|it| it.transfers.find(&key), |it| it.packet(&arrival, packet));
                    }
                }
                if may_have_more {
                    self.ready.add(port);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // Windows says so that a packet did not reach a client; others may have arrived
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => self.ready.add(port),
            Err(error) => tracing::warn!(%error, "a TFTP socket cannot be read"),
        }
        self.inbox = inbox;
    }

    fn packet(&mut self, arrival: &Arrival, packet: &[u8]) {
        // nobody can receive anything at port 0
        if arrival.from.port() == 0 {
            return;
        }
        if self.ports.is_listener(arrival.port) {
            return self.request(arrival, packet);
        }
        let key = Key { port: arrival.port, client: arrival.from };
        let now = Instant::now();
        let found = self.transfers.find(&key);
        match found.and_then(|id| Some((id, self.transfers.get(id)?))) {
            Some((id, transfer)) => {
                let state = transfer.packet(packet, now);
                self.continue_or_end(id, state, now);
            }
            None => self.unknown(arrival, packet, now),
        }
    }

    /// Processes a packet to a port where its sender has no transfer. After many of them, there is
    /// no answer: the sender may be forged, and guess a port.
    fn unknown(&mut self, arrival: &Arrival, packet: &[u8], now: Instant) {
        let Some(error) = answer::to_unknown(packet) else { return };
        let client = self.service.tftp_client(arrival.from).limit_key();
        let key = Key { port: arrival.port, client: arrival.from };
        if !self.transfers.count_guess(client, &key, now) {
            let (port, client, source) = (arrival.port, arrival.from, arrival.to);
            self.ports.send(&Route { port, client, source }, &error, error.len());
        }
    }

    /// Processes a packet to a listener.
    fn request(&mut self, arrival: &Arrival, packet: &[u8]) {
        let parsed = Packet::parse(packet).ok();
        let Some(Packet::Read(read)) = &parsed else {
            if let Unserved::Refused(refusal, name) = answer::to_other(packet, parsed.as_ref()) {
                let request = answer::request(&self.service, arrival.from, name);
                self.refuse(arrival, &request, refusal);
            }
            return;
        };
        let hash = self.random.hash_one(packet);
        let latest = self.transfers.latest(&Key { port: arrival.port, client: arrival.from });
        if let Some((id, transfer)) = latest.and_then(|id| Some((id, self.transfers.get(id)?)))
            && transfer.is_repeated_by(hash)
        {
            transfer.repeat_first(Instant::now());
            return self.advance(id);
        }
        let mut request = answer::request(&self.service, arrival.from, read.name);
        let client = request.client.limit_key();
        request.client.is_confirmed = self.transfers.is_known(client);
        if self.service.signal.is_draining() || !self.admits(client) {
            return self.refuse(arrival, &request, Refusal::BUSY);
        }
        let stage = match answer::to_read(&self.service, &request, read.name) {
            Answer::Whole(file) => match Active::whole(file, packet, self.options(client)) {
                Some(active) => Stage::Sending(Box::new(active)),
                None => return,
            },
            Answer::Search(opening) => Stage::Searching(opening, packet.into()),
            Answer::Refused(refusal) => return self.refuse(arrival, &request, refusal),
        };
        let (route, listener) = (self.route(arrival), arrival.port);
        self.begin(Transfer { route, listener, request, hash, stage });
    }

    /// The way to the sender of a request, from a random port of the pool that has no transfer of
    /// the sender yet, if there is one.
    fn route(&mut self, arrival: &Arrival) -> Route {
        let random = self.random.hash_one(self.number);
        self.number += 1;
        let route = |offset| self.ports.route(arrival, random.wrapping_add(offset));
        let is_free = |route: &Route| {
            self.transfers.find(&Key { port: route.port, client: route.client }).is_none()
        };
        (0..POOL as u64).map(route).find(is_free).unwrap_or_else(|| route(0))
    }

    /// What a transfer of a client may send.
    fn options(&self, client: Option<ClientKey>) -> &SendOptions {
        let is_suspect = self.transfers.is_suspect(client, Instant::now());
        if is_suspect { &self.suspect_options } else { &self.options }
    }

    fn refuse(&mut self, arrival: &Arrival, request: &Request, refusal: Refusal) {
        let (packet, route) = (refusal.packet(), self.route(arrival));
        self.ports.send(&route, &packet, packet.len());
        self.service.record(request, None, Sent::default(), refusal.outcome);
    }

    /// Sends what a transfer has to send.
    fn advance(&mut self, id: Id) {
        let Some(transfer) = self.transfers.get(id) else { return };
        let client = transfer.limit_key();
        let is_suspect =
            !transfer.is_sending() && self.transfers.is_suspect(client, Instant::now());
        let Some(transfer) = self.transfers.get(id) else { return };
        let waker = transfer.has_source().then(|| self.mailbox.waker(id));
        let mut context = Context::from_waker(waker.as_ref().unwrap_or(TaskWaker::noop()));
        let options = if is_suspect { &self.suspect_options } else { &self.options };
        let ports = &self.ports;
        let was_sending = transfer.is_sending();
        let advanced = transfer.advance(&mut context, options, ports, &mut self.packets);
        let begins = !was_sending && transfer.is_sending();
        match advanced {
            Ok(()) if begins => {
                if transfer.is_stream() {
                    self.transfers.streams(id);
                }
                self.limit_held_bytes(id);
            }
            Ok(()) => {}
            Err(Failed(NotServed::Busy)) if self.take_stream_for(id) => self.advance(id),
            Err(Failed(NotServed::Evicted)) => {
                self.service.records.metrics().count_eviction();
                self.end(id, Outcome::Unanswered);
            }
            Err(Failed(reason)) => self.end_with(id, reason.into()),
        }
    }

    /// Ends a transfer with an error packet.
    fn end_with(&mut self, id: Id, refusal: Refusal) {
        if let Some(transfer) = self.transfers.get(id) {
            let packet = refusal.packet();
            self.ports.send(&transfer.route, &packet, packet.len());
        }
        self.end(id, refusal.outcome);
    }

    fn continue_or_end(&mut self, id: Id, state: SendState, now: Instant) {
        let is_acknowledged = self.transfers.get(id).is_some_and(|one| one.is_acknowledged());
        let is_within = !is_acknowledged || self.acknowledge(id, now);
        match state {
            SendState::InProgress if is_within => self.advance(id),
            SendState::InProgress => self.end_with(id, Refusal::BUSY),
            SendState::Complete => self.end(id, Outcome::Complete),
            SendState::Aborted => self.end(id, Outcome::Aborted),
            SendState::Silent => self.end(id, Outcome::Unanswered),
        }
    }

    /// Ends a transfer. Its client may not know that yet.
    fn end(&mut self, id: Id, outcome: Outcome) {
        if let Some(key) = self.remove(id, outcome) {
            self.transfers.expect_late(&key, Instant::now());
        }
    }

    /// Removes and records a transfer.
    fn remove(&mut self, id: Id, outcome: Outcome) -> Option<Key> {
        let transfer = self.transfers.remove(id)?;
        self.service.record(&transfer.request, transfer.served(), transfer.sent(), outcome);
        Some(transfer.key())
    }

    /// Looks at the transfers whose time has come.
    fn check_timers(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((at, id))) = self.timers.peek().copied() {
            if at > now {
                return;
            }
            self.timers.pop();
            self.step(|_| Some(id), |it| it.check_timer(id, now));
        }
    }

    /// Looks at a transfer, which may have ended since.
    fn check_timer(&mut self, id: Id, now: Instant) {
        let Some(transfer) = self.transfers.get(id) else { return };
        if transfer.deadline().is_some_and(|deadline| deadline <= now) {
            self.service.faults.reach(Part::Request);
            let state = transfer.time_out(now);
            self.transfers.stall(id);
            self.continue_or_end(id, state, now);
        }
        let Some(transfer) = self.transfers.get(id) else { return };
        if self.service.signal.is_draining() && transfer.is_unanswered(UNANSWERED_AT_END) {
            return self.end(id, Outcome::Unanswered);
        }
        let latest = now + self.options.timeout.min(MAX_WAIT);
        let next = transfer.deadline().map_or(latest, |deadline| deadline.min(latest));
        self.timers.push(Reverse((next, id)));
    }
}
