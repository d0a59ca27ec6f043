//! A body that ends too early.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// The first bytes of an answer, announced with the length of the whole answer. The connection ends
/// after them.
#[derive(Debug)]
pub(crate) struct Cut {
    /// Bytes still to be sent.
    rest: Option<Bytes>,
    /// Bytes that the answer still lacks, with those that are never sent.
    missing: u64,
    is_flushed: bool,
}

impl Cut {
    pub(crate) fn new(body: Vec<u8>, at: usize) -> Self {
        let missing = body.len() as u64;
        let at = at.min(body.len());
        Self { rest: Some(Bytes::from(body).slice(..at)), missing, is_flushed: false }
    }
}

impl Body for Cut {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.rest.take().filter(|bytes| !bytes.is_empty()) {
            self.missing -= bytes.len() as u64;
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if self.missing == 0 {
            return Poll::Ready(None);
        }
        // hyper writes what it has before it polls again
        if !self.is_flushed {
            self.is_flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("the answer is cut on purpose"))))
    }

    fn is_end_stream(&self) -> bool {
        self.missing == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.missing)
    }
}
