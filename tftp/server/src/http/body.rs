//! Bodies of answers. Dropping one of a file records the request: after the last byte, or when the
//! client disconnects.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Error;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::fallback::Stream;
use crate::outcome::Outcome;
use crate::service::{Request, Sent, ServedFile, Service};

/// Most bytes passed to hyper at once. They count as sent, so a record can be wrong by this number,
/// and by what the kernel buffers.
const CHUNK_BYTES: usize = 64 << 10;

/// The body of an answer.
pub(super) enum AnswerBody {
    /// Bytes that do not belong to a file; none left is the empty body.
    Text(Bytes),
    Memory(MemoryBody),
    Stream(StreamBody),
    /// The answer of a further route.
    Routed(axum::body::Body),
}

impl AnswerBody {
    pub(super) const EMPTY: Self = Self::Text(Bytes::new());
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.get_mut() {
            Self::Text(text) => {
                let text = std::mem::take(text);
                Poll::Ready((!text.is_empty()).then(|| Ok(Frame::data(text))))
            }
            Self::Memory(body) => {
                Poll::Ready(body.next_chunk().map(|chunk| Ok(Frame::data(chunk))))
            }
            Self::Stream(body) => {
                let chunk = ready!(body.poll_next(context));
                Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data).map_err(Error::new)))
            }
            Self::Routed(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Memory(body) => body.rest.is_none(),
            Self::Stream(_) => false,
            Self::Routed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => SizeHint::with_exact(text.len() as u64),
            Self::Memory(body) => SizeHint::with_exact(body.rest_bytes()),
            Self::Stream(_) => SizeHint::default(),
            Self::Routed(body) => body.size_hint(),
        }
    }
}

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

    fn rest_bytes(&self) -> u64 {
        self.rest.as_ref().map_or(0, |bytes| bytes.len() as u64)
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

impl StreamBody {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let chunk = ready!(self.stream.poll_next(context));
        match &chunk {
            Some(Ok(bytes)) => self.sent += bytes.len() as u64,
            Some(Err(_)) => self.outcome = Outcome::Failed,
            None => self.outcome = Outcome::Complete,
        }
        if Some(self.sent) == self.stream.size {
            self.outcome = Outcome::Complete;
        }
        Poll::Ready(chunk.map(|chunk| Ok(chunk?)))
    }
}

impl Drop for StreamBody {
    fn drop(&mut self) {
        let sent = Sent { bytes: self.sent, ..Sent::default() };
        self.service.record(&self.request, None, sent, self.outcome);
    }
}
