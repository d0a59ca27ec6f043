//! The body of a file that arrives from an upstream server.

use adr_transfer::{Download, ReceiveError};
use bytes::Bytes;
use reqwest::Response;
use tokio::time::timeout;

use super::fetch_error::{Fault, FetchError, with_causes};
use crate::fallback::stream::StreamSender;
use crate::limits::UpstreamLimits;

/// A file whose transfer has begun.
pub(super) enum UpstreamBody {
    Http(Response),
    Tftp(Box<Download>),
}

impl UpstreamBody {
    /// Bytes of the file, if the server announced them.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Http(response) => response.content_length(),
            Self::Tftp(download) => download.size(),
        }
    }

    /// The next chunk; `None` at the end of the file, which must be where the server announced it.
    pub(super) async fn next(
        &mut self,
        limits: &UpstreamLimits,
    ) -> Result<Option<Bytes>, FetchError> {
        match self {
            Self::Http(response) => {
                let chunk = timeout(limits.timeout(), response.chunk()).await;
                let chunk = chunk.map_err(|_| FetchError::Faulty(Fault::Stalled))?;
                chunk.map_err(|error| FetchError::Faulty(error.into()))
            }
            Self::Tftp(download) => match download.next().await {
                Err(ReceiveError::Silent) => Err(FetchError::Faulty(Fault::Stalled)),
                chunk => Ok(chunk?.map(Bytes::from)),
            },
        }
    }

    /// Sends the bytes that already arrived, then the rest, until either side stops.
    pub(super) async fn pump(
        self,
        begun: Vec<u8>,
        mut sender: StreamSender,
        limits: &UpstreamLimits,
    ) {
        match self.send_all(begun.into(), &mut sender, limits).await {
            Ok(true) => sender.end().await,
            Ok(false) => {}
            Err(error) => {
                let reason = with_causes(&error);
                tracing::warn!(reason, "an upstream server failed in the middle of a file");
            }
        }
    }

    /// Returns whether the client took all of it.
    async fn send_all(
        mut self,
        begun: Bytes,
        sender: &mut StreamSender,
        limits: &UpstreamLimits,
    ) -> Result<bool, FetchError> {
        let (mut chunk, mut left) = (begun, limits.max_file_bytes);
        loop {
            let rest = left.checked_sub(chunk.len() as u64);
            left = rest.ok_or(FetchError::TooLarge)?;
            if sender.send(chunk).await.is_err() {
                return Ok(false);
            }
            let next = tokio::select! {
                next = self.next(limits) => next?,
                () = sender.closed() => return Ok(false),
            };
            match next {
                Some(next) => chunk = next,
                None => return Ok(true),
            }
        }
    }
}
