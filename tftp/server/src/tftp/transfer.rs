//! One transfer: a file that is searched or sent.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use adr_transfer::{Content, Packet, SendOptions, SendState, Sending};

use super::held::Held;
use super::ports::{Ports, Route};
use crate::client::ClientKey;
use crate::fallback::{NotServed, Opened, Opening, Stream};
use crate::service::{Request, Sent, ServedFile};

/// A socket, and a client's address and port. The two of a port of the pool identify a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) port: usize,
    pub(super) client: SocketAddr,
}

/// A transfer, from its request to its end.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) route: Route,
    /// The listener that received the request.
    pub(super) listener: usize,
    pub(super) request: Request,
    /// Hash of the packet with the request: a repetition has the same.
    pub(super) hash: u64,
    pub(super) stage: Stage,
}

/// What a transfer does.
#[derive(Debug)]
pub(super) enum Stage {
    /// Waits for a file from another source. Keeps the packet with the request.
    Searching(Opening, Box<[u8]>),
    /// Sends a file.
    Sending(Box<Active>),
}

/// A file that is sent.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) sending: Sending,
    /// The file, if it is in memory.
    pub(super) served: Option<ServedFile>,
    /// The source of a file that arrives in pieces.
    stream: Option<Stream>,
}

/// Why a transfer ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed(pub(super) NotServed);

impl Transfer {
    /// What identifies the transfer.
    pub(super) fn key(&self) -> Key {
        Key { port: self.route.port, client: self.route.client }
    }

    /// What identifies requests from the port of the client.
    pub(super) fn request_key(&self) -> Key {
        Key { port: self.listener, client: self.route.client }
    }

    /// The client as limits count it; `None` for an exempt client.
    pub(super) fn limit_key(&self) -> Option<ClientKey> {
        self.request.client.limit_key()
    }

    /// Whether the client has acknowledged anything: then its address is not forged.
    pub(super) fn is_acknowledged(&self) -> bool {
        matches!(&self.stage, Stage::Sending(active) if active.sending.is_acknowledged())
    }

    /// Whether the transfer began this long ago, and the client has acknowledged nothing since.
    pub(super) fn is_unanswered(&self, time: Duration) -> bool {
        let is_sent = matches!(&self.stage, Stage::Sending(_));
        is_sent && !self.is_acknowledged() && self.request.began.elapsed() >= time
    }

    /// Whether a request with this hash repeats the one of the transfer. If the client does not
    /// answer any more, or has been sent the whole file, the same request begins anew: another
    /// socket of the client may have the port now.
    pub(super) fn is_repeated_by(&self, hash: u64) -> bool {
        let is_over = match &self.stage {
            Stage::Searching(..) => false,
            Stage::Sending(active) => active.sending.is_stalled() || active.sending.is_ending(),
        };
        self.hash == hash && !is_over
    }

    /// Whether the client has not answered in time.
    pub(super) fn is_stalled(&self) -> bool {
        matches!(&self.stage, Stage::Sending(active) if active.sending.is_stalled())
    }

    /// The client repeated its request.
    pub(super) fn repeat_first(&mut self, now: Instant) {
        if let Stage::Sending(active) = &mut self.stage {
            active.sending.repeat_first(now);
        }
    }

    /// Whether another source has, or had, the file.
    pub(super) fn has_source(&self) -> bool {
        match &self.stage {
            Stage::Searching(..) => true,
            Stage::Sending(active) => active.stream.is_some(),
        }
    }

    /// Whether it sends a file, and does not search it any more.
    pub(super) fn is_sending(&self) -> bool {
        matches!(&self.stage, Stage::Sending(_))
    }

    /// Whether it streams a large file.
    pub(super) fn is_stream(&self) -> bool {
        matches!(&self.stage, Stage::Sending(active) if active.stream.is_some())
    }

    /// What it holds in memory, once it sends; `None` for a published file, which is in memory
    /// anyway.
    pub(super) fn held(&self) -> Option<Held> {
        let Stage::Sending(active) = &self.stage else { return None };
        match (&active.served, &active.stream) {
            (Some(ServedFile { file, generation: None }), _) => {
                Some(Held::file(Arc::as_ptr(file).addr(), file.bytes().len() as u64))
            }
            (None, Some(stream)) => Some(Held::stream(stream.begun)),
            _ => None,
        }
    }

    /// Replaces a search that failed by another one. Returns whether the transfer is still in that
    /// stage.
    pub(super) fn search_again(&mut self, search: Opening) -> bool {
        match &mut self.stage {
            Stage::Searching(opening, _) => {
                *opening = search;
                true
            }
            Stage::Sending(_) => false,
        }
    }

    /// When [`Self::time_out`] has to be called; `None` while a source is waited for.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Searching(..) => None,
            Stage::Sending(active) => active.sending.deadline(),
        }
    }

    pub(super) fn packet(&mut self, packet: &[u8], now: Instant) -> SendState {
        match &mut self.stage {
            // the client has not received anything that it could acknowledge
            Stage::Searching(..) => match Packet::parse(packet) {
                Ok(Packet::Error { .. }) => SendState::Aborted,
                _ => SendState::InProgress,
            },
            Stage::Sending(active) => active.sending.packet(packet, now),
        }
    }

    pub(super) fn time_out(&mut self, now: Instant) -> SendState {
        match &mut self.stage {
            Stage::Searching(..) => SendState::InProgress,
            Stage::Sending(active) => active.sending.time_out(now),
        }
    }

    /// Takes what the source has, and sends what is due. `packets` is a buffer.
    pub(super) fn advance(
        &mut self,
        context: &mut Context<'_>,
        options: &SendOptions,
        ports: &Ports,
        packets: &mut Vec<u8>,
    ) -> Result<(), Failed> {
        if let Stage::Searching(opening, packet) = &mut self.stage {
            let Poll::Ready(opened) = Pin::new(opening).poll(context) else { return Ok(()) };
            let active = Active::opened(opened.map_err(Failed)?, packet, options)?;
            self.stage = Stage::Sending(Box::new(active));
        }
        let Stage::Sending(active) = &mut self.stage else { return Ok(()) };
        loop {
            let max_batch = ports.max_batch(self.route.port);
            while let Some(length) = active.sending.write(max_batch, packets) {
                ports.send(&self.route, packets, length);
            }
            if !active.pull(context)? {
                return Ok(());
            }
        }
    }

    /// What was sent so far.
    pub(super) fn sent(&self) -> Sent {
        let Stage::Sending(active) = &self.stage else { return Sent::default() };
        let sent = active.sending.sent();
        Sent { bytes: sent.bytes, blocks: sent.blocks, retransmissions: sent.retransmissions }
    }

    /// The file, if it is in memory.
    pub(super) fn served(&self) -> Option<&ServedFile> {
        match &self.stage {
            Stage::Searching(..) => None,
            Stage::Sending(active) => active.served.as_ref(),
        }
    }
}

impl Active {
    /// A file in memory.
    pub(super) fn whole(served: ServedFile, packet: &[u8], options: &SendOptions) -> Option<Self> {
        let content = Content::whole(served.file.bytes().clone());
        let sending = sending(packet, content, options)?;
        Some(Self { sending, served: Some(served), stream: None })
    }

    fn opened(opened: Opened, packet: &[u8], options: &SendOptions) -> Result<Self, Failed> {
        let active = match opened {
            Opened::Whole(file) => Self::whole(ServedFile::from_fallback(file), packet, options),
            Opened::Stream(stream) => sending(packet, Content::pieces(stream.size), options)
                .map(|sending| Self { sending, served: None, stream: Some(stream) }),
        };
        active.ok_or(Failed(NotServed::Failed))
    }

    /// Passes the next piece of the source to the transfer. Returns whether there was one. Before
    /// the first acknowledgement, it takes only what the first packet needs.
    fn pull(&mut self, context: &mut Context<'_>) -> Result<bool, Failed> {
        let is_first_sent = !self.sending.is_acknowledged() && self.sending.deadline().is_some();
        let wants_more = self.sending.wants_more() && !is_first_sent;
        let Some(stream) = self.stream.as_mut().filter(|_| wants_more) else {
            return Ok(false);
        };
        match stream.poll_next(context) {
            Poll::Pending => Ok(false),
            Poll::Ready(Some(piece)) => {
                let piece = piece.map_err(Failed)?;
                if !piece.is_empty() {
                    self.sending.feed(&piece, Instant::now());
                }
                Ok(true)
            }
            Poll::Ready(None) => {
                self.sending.feed(&[], Instant::now());
                Ok(true)
            }
        }
    }
}

/// A transfer that answers the read request in a packet.
fn sending(packet: &[u8], content: Content, options: &SendOptions) -> Option<Sending> {
    match Packet::parse(packet) {
        Ok(Packet::Read(request)) => Some(Sending::new(&request, content, options, Instant::now())),
        _ => None,
    }
}
