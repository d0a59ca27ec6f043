//! The bytes of an answer; recorded when the last of them is taken, or when the client is gone.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::record::Outcome;
use crate::service::{Own, Request, Sent, Service};

/// A file of ours, or a part of it.
pub(super) struct OwnBody {
    pub(super) rest: Option<Bytes>,
    pub(super) own: Own,
    pub(super) request: Request,
    pub(super) service: Arc<Service>,
    pub(super) sent: u64,
}

impl Body for OwnBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.rest.take();
        self.sent += bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl Drop for OwnBody {
    fn drop(&mut self) {
        let outcome = if self.rest.is_none() {
            Outcome::Complete
        } else {
            Outcome::Unanswered
        };
        let sent = Sent {
            bytes: self.sent,
            ..Sent::default()
        };
        self.service
            .record(&self.request, Some(&self.own), sent, outcome);
    }
}
