//! The bytes of an answer; recorded when the last of them is taken, or when the client is gone.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::elsewhere::Stream;
use crate::record::Outcome;
use crate::service::{Held, Request, Sent, Service};

/// Most bytes that are handed over at once. What is handed over counts as sent, so this is how far
/// a record can be wrong, beside what the kernel holds for the client.
const PIECE_BYTES: usize = 64 << 10;

/// A file in memory, or a part of it.
pub(super) struct HeldBody {
    /// What was not handed over yet; `None` when that is nothing.
    rest: Option<Bytes>,
    held: Held,
    request: Request,
    service: Arc<Service>,
    sent: u64,
}

impl HeldBody {
    pub(super) fn new(bytes: Bytes, held: Held, request: Request, service: Arc<Service>) -> Self {
        Self {
            rest: Some(bytes).filter(|bytes| !bytes.is_empty()),
            held,
            request,
            service,
            sent: 0,
        }
    }

    fn next_piece(&mut self) -> Option<Bytes> {
        let rest = self.rest.as_mut()?;
        let piece =
            if rest.len() > PIECE_BYTES { rest.split_to(PIECE_BYTES) } else { self.rest.take()? };
        self.sent += piece.len() as u64;
        Some(piece)
    }
}

impl Body for HeldBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.next_piece().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl Drop for HeldBody {
    fn drop(&mut self) {
        let outcome = if self.rest.is_none() { Outcome::Complete } else { Outcome::Unanswered };
        let sent = Sent { bytes: self.sent, ..Sent::default() };
        self.service.record(&self.request, Some(&self.held), sent, outcome);
    }
}

/// A file that arrives while it is sent. Where it breaks off, so does the answer.
pub(super) struct StreamBody {
    pub(super) stream: Stream,
    pub(super) request: Request,
    pub(super) service: Arc<Service>,
    pub(super) sent: u64,
    pub(super) outcome: Outcome,
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = ready!(self.stream.poll_next(context));
        match &piece {
            Some(Ok(bytes)) => self.sent += bytes.len() as u64,
            Some(Err(_)) => self.outcome = Outcome::Failed,
            None => self.outcome = Outcome::Complete,
        }
        if Some(self.sent) == self.stream.size {
            self.outcome = Outcome::Complete;
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece?))))
    }
}

impl Drop for StreamBody {
    fn drop(&mut self) {
        let sent = Sent { bytes: self.sent, ..Sent::default() };
        self.service.record(&self.request, None, sent, self.outcome);
    }
}
