//! Bodies of answers. Dropping one records the request: after the last byte, or when the client
//! disconnects.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::fallback::Stream;
use crate::outcome::Outcome;
use crate::service::{Request, Sent, ServedFile, Service};

/// Most bytes passed to hyper at once. They count as sent, so a record can be wrong by this number,
/// and by what the kernel buffers.
const CHUNK_BYTES: usize = 64 << 10;

/// A file in memory, or a part of it.
pub(super) struct MemoryBody {
    /// Bytes not yet passed to hyper; `None` when there are none left.
    rest: Option<Bytes>,
    served: ServedFile,
    request: Request,
    service: Arc<Service>,
    sent: u64,
}

impl MemoryBody {
    pub(super) fn new(
        bytes: Bytes,
        served: ServedFile,
        request: Request,
        service: Arc<Service>,
    ) -> Self {
        Self {
            rest: Some(bytes).filter(|bytes| !bytes.is_empty()),
            served,
            request,
            service,
            sent: 0,
        }
    }

    fn next_chunk(&mut self) -> Option<Bytes> {
        let rest = self.rest.as_mut()?;
        let chunk =
            if rest.len() > CHUNK_BYTES { rest.split_to(CHUNK_BYTES) } else { self.rest.take()? };
        self.sent += chunk.len() as u64;
        Some(chunk)
    }
}

impl Body for MemoryBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.next_chunk().map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl Drop for MemoryBody {
    fn drop(&mut self) {
        let outcome = if self.rest.is_none() { Outcome::Complete } else { Outcome::Unanswered };
        let sent = Sent { bytes: self.sent, ..Sent::default() };
        self.service.record(&self.request, Some(&self.served), sent, outcome);
    }
}

/// A file that is received and sent at the same time. If its source fails, the answer breaks off.
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
        let chunk = ready!(self.stream.poll_next(context));
        match &chunk {
            Some(Ok(bytes)) => self.sent += bytes.len() as u64,
            Some(Err(_)) => self.outcome = Outcome::Failed,
            None => self.outcome = Outcome::Complete,
        }
        if Some(self.sent) == self.stream.size {
            self.outcome = Outcome::Complete;
        }
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk?))))
    }
}

impl Drop for StreamBody {
    fn drop(&mut self) {
        let sent = Sent { bytes: self.sent, ..Sent::default() };
        self.service.record(&self.request, None, sent, self.outcome);
    }
}
