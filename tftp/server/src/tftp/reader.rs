//! What async-tftp reads a file from; counts on the way what async-tftp does not tell.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use futures_lite::io::AsyncRead;

use crate::fallback::{NotServed, Opened, Opening, Stream};
use crate::outcome::Outcome;
use crate::permits::Permit;
use crate::service::{Request, Sent, ServedFile, Service};

/// A file on its way to one client. Dropped when the transfer is over, and then recorded.
pub(crate) struct Reader {
    source: Source,
    held: Option<ServedFile>,
    request: Request,
    service: Arc<Service>,
    progress: Progress,
    /// Why there is no file, or no more of it.
    absent: Option<NotServed>,
    _slot: Permit,
}

/// Where the next bytes come from.
pub(crate) enum Source {
    /// They are here.
    Here(Bytes),
    /// Somebody is looking for the file.
    Asked(Opening),
    /// They come piece by piece.
    Stream { rest: Bytes, stream: Stream },
}

/// What reads tell about a transfer: a block is read when the ones before it were acknowledged.
#[derive(Debug)]
struct Progress {
    sent: Sent,
    /// The size of a block, which is what the first read asks for.
    block: usize,
    /// When the last read was answered.
    last: Option<Instant>,
    /// Whether a read waits for its answer.
    is_waiting: bool,
    /// Whether the end was read.
    ended: bool,
    /// After so long a silence a window is sent again.
    timeout: Duration,
}

impl Reader {
    /// A file that is here.
    pub(crate) fn held(
        service: Arc<Service>,
        request: Request,
        held: ServedFile,
        slot: Permit,
    ) -> Self {
        let source = Source::Here(held.file.bytes().clone());
        let mut reader = Self::new(service, request, source, slot);
        reader.held = Some(held);
        reader
    }

    /// A file, from wherever.
    pub(crate) fn new(
        service: Arc<Service>,
        request: Request,
        source: Source,
        slot: Permit,
    ) -> Self {
        Self {
            source,
            held: None,
            request,
            progress: Progress::new(service.settings.limits.tftp.timeout()),
            service,
            absent: None,
            _slot: slot,
        }
    }

    /// Copies what comes next; 0 bytes are the end.
    fn poll_copy(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, NotServed>> {
        loop {
            match &mut self.source {
                Source::Here(rest) => return Poll::Ready(Ok(copy(rest, buffer))),
                Source::Asked(opening) => {
                    let opened = ready!(Pin::new(opening).poll(context));
                    self.source = match opened? {
                        Opened::Whole(file) => {
                            let source = Source::Here(file.bytes().clone());
                            self.held = Some(ServedFile::from_fallback(file));
                            source
                        }
                        Opened::Stream(stream) => Source::Stream { rest: Bytes::new(), stream },
                    };
                }
                Source::Stream { rest, .. } if !rest.is_empty() => {
                    return Poll::Ready(Ok(copy(rest, buffer)));
                }
                Source::Stream { rest, stream } => match ready!(stream.poll_next(context)) {
                    Some(piece) => *rest = piece?,
                    None => return Poll::Ready(Ok(0)),
                },
            }
        }
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.progress.asked(buffer.len(), Instant::now());
        let copied = ready!(this.poll_copy(context, buffer));
        this.progress.answered(copied.unwrap_or(0), Instant::now());
        Poll::Ready(copied.map_err(|absent| {
            this.absent = Some(absent);
            io::Error::from(absent)
        }))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let patience = self.service.settings.limits.tftp.transfer_timeout();
        let outcome = self.progress.outcome(Instant::now(), patience);
        let is_silent = outcome == Outcome::Unanswered && self.progress.sent.blocks <= 1;
        if self.absent.is_none() && (outcome == Outcome::Complete || is_silent) {
            self.service.record_acknowledgement(self.request.client.ip(), !is_silent);
        }
        let outcome = self.absent.map_or(outcome, NotServed::outcome);
        self.service.record(&self.request, self.held.as_ref(), self.progress.sent, outcome);
    }
}

fn copy(rest: &mut Bytes, buffer: &mut [u8]) -> usize {
    let count = rest.len().min(buffer.len());
    rest.copy_to_slice(&mut buffer[..count]);
    count
}

/// What async-tftp makes an error packet of: 1, 2, or 0 without details.
impl From<NotServed> for io::Error {
    fn from(absent: NotServed) -> Self {
        match absent {
            NotServed::Missing => io::ErrorKind::NotFound.into(),
            NotServed::Denied => io::ErrorKind::PermissionDenied.into(),
            NotServed::Failed | NotServed::Unavailable | NotServed::Busy => {
                io::Error::other("upstream")
            }
        }
    }
}

impl Progress {
    fn new(timeout: Duration) -> Self {
        Self {
            sent: Sent::default(),
            block: 0,
            last: None,
            is_waiting: false,
            ended: false,
            timeout,
        }
    }

    /// A read of up to `wanted` bytes begins, or is tried again.
    ///
    /// The first read of a block asks for a whole one. Between it and the read before lies the wait
    /// for an acknowledgement, during which the window was sent again as often as the time-out
    /// fits.
    fn asked(&mut self, wanted: usize, now: Instant) {
        if std::mem::replace(&mut self.is_waiting, true) {
            return;
        }
        if self.block == 0 {
            self.block = wanted;
        }
        if wanted == self.block {
            self.sent.blocks += 1;
            self.sent.retransmissions += self.timeouts(now);
        }
    }

    fn answered(&mut self, count: usize, now: Instant) {
        self.is_waiting = false;
        self.sent.bytes += count as u64;
        self.ended = count == 0;
        self.last = Some(now);
    }

    /// Time-outs since the last read.
    fn timeouts(&self, now: Instant) -> u64 {
        let Some(last) = self.last else { return 0 };
        let silence = now.saturating_duration_since(last).as_nanos();
        let timeouts = silence.checked_div(self.timeout.as_nanos());
        timeouts.and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
    }

    /// How the transfer ended, when it ends now. A transfer that is given up ends after the full
    /// patience and no earlier.
    fn outcome(&mut self, now: Instant, patience: Duration) -> Outcome {
        let silence = self.last.map(|last| now.saturating_duration_since(last));
        let given_up = silence.is_some_and(|silence| silence >= patience);
        let timeouts = self.timeouts(now);
        // the last of them ended the transfer
        self.sent.retransmissions += timeouts - u64::from(given_up && timeouts > 0);
        if self.ended && !given_up { Outcome::Complete } else { Outcome::Unanswered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Reads of a file of `size` bytes in blocks, with a wait before each block.
    fn progress(size: usize, block: usize, wait: Duration) -> (Progress, Instant) {
        let mut now = Instant::now();
        let mut progress = Progress::new(SECOND);
        let (mut left, mut filled) = (size, 0);
        loop {
            if filled == 0 {
                now += wait;
            }
            progress.asked(block - filled, now);
            let count = left.min(block - filled);
            progress.answered(count, now);
            left -= count;
            filled = (filled + count) % block;
            if count == 0 {
                return (progress, now);
            }
        }
    }

    #[test]
    fn blocks_are_those_of_the_wire() {
        for (size, blocks) in [(0, 1), (1, 1), (511, 1), (512, 2), (513, 2), (1024, 3)] {
            let (progress, _) = progress(size, 512, Duration::ZERO);
            assert_eq!((progress.sent.blocks, progress.sent.bytes), (blocks, size as u64));
        }
    }

    #[test]
    fn a_silence_of_n_timeouts_is_n_retransmissions() {
        let (mut progress, now) = progress(1024, 512, SECOND * 5 / 2);
        assert_eq!(progress.sent.retransmissions, 4);
        assert_eq!(progress.outcome(now, SECOND * 5), Outcome::Complete);
    }

    #[test]
    fn a_client_that_never_acknowledges_is_seen() {
        let (mut progress, now) = progress(100, 512, Duration::ZERO);
        assert_eq!(progress.outcome(now + SECOND * 5, SECOND * 5), Outcome::Unanswered);
        assert_eq!(progress.sent.retransmissions, 4);
    }

    #[test]
    fn an_end_before_the_last_block_is_seen() {
        let now = Instant::now();
        let mut progress = Progress::new(SECOND);
        progress.asked(512, now);
        progress.answered(512, now);
        assert_eq!(progress.outcome(now, SECOND * 5), Outcome::Unanswered);
    }
}
