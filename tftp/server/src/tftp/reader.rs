//! What async-tftp reads a file from; counts on the way what async-tftp does not tell.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use futures_lite::io::AsyncRead;

use crate::record::Outcome;
use crate::service::{Own, Request, Sent, Service};
use crate::slots::Slot;

/// A file on its way to one client. Dropped when the transfer is over, and then recorded.
pub(crate) struct Reader {
    rest: Bytes,
    own: Option<Own>,
    request: Request,
    service: Arc<Service>,
    progress: Progress,
    _slot: Slot,
}

/// What reads tell about a transfer: a block is read when the ones before it were acknowledged.
#[derive(Debug)]
struct Progress {
    sent: Sent,
    /// The size of a block, which is what the first read asks for.
    block: usize,
    /// When the last read was answered.
    last: Option<Instant>,
    /// Whether the end was read.
    ended: bool,
    /// After so long a silence a window is sent again.
    timeout: Duration,
}

impl Reader {
    pub(crate) fn own(service: Arc<Service>, request: Request, own: Own, slot: Slot) -> Self {
        Self {
            rest: own.file.bytes().clone(),
            own: Some(own),
            request,
            progress: Progress::new(service.settings.limits.tftp.timeout()),
            service,
            _slot: slot,
        }
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.progress.asked(buffer.len(), Instant::now());
        let count = this.rest.len().min(buffer.len());
        this.rest.copy_to_slice(&mut buffer[..count]);
        this.progress.answered(count, Instant::now());
        Poll::Ready(Ok(count))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let patience = self.service.settings.limits.tftp.patience();
        let outcome = self.progress.outcome(Instant::now(), patience);
        self.service.record(
            &self.request,
            self.own.as_ref(),
            self.progress.sent,
            outcome,
        );
    }
}

impl Progress {
    fn new(timeout: Duration) -> Self {
        Self {
            sent: Sent::default(),
            block: 0,
            last: None,
            ended: false,
            timeout,
        }
    }

    /// A read of up to `wanted` bytes begins.
    ///
    /// The first read of a block asks for a whole one. Between it and the read before lies the wait for an acknowledgement,
    /// during which the window was sent again as often as the time-out fits.
    fn asked(&mut self, wanted: usize, now: Instant) {
        if self.block == 0 {
            self.block = wanted;
        }
        if wanted == self.block {
            self.sent.blocks += 1;
            self.sent.retransmissions += self.timeouts(now);
        }
    }

    fn answered(&mut self, count: usize, now: Instant) {
        self.sent.bytes += count as u64;
        self.ended = count == 0;
        self.last = Some(now);
    }

    /// Time-outs since the last read.
    fn timeouts(&self, now: Instant) -> u64 {
        let Some(last) = self.last else { return 0 };
        let silence = now.saturating_duration_since(last).as_nanos();
        let timeouts = silence.checked_div(self.timeout.as_nanos());
        timeouts
            .and_then(|count| u64::try_from(count).ok())
            .unwrap_or(0)
    }

    /// How the transfer ended, when it ends now. A transfer that is given up ends after the full patience and no earlier.
    fn outcome(&mut self, now: Instant, patience: Duration) -> Outcome {
        let silence = self.last.map(|last| now.saturating_duration_since(last));
        let given_up = silence.is_some_and(|silence| silence >= patience);
        let timeouts = self.timeouts(now);
        // the last of them ended the transfer
        self.sent.retransmissions += timeouts - u64::from(given_up && timeouts > 0);
        if self.ended && !given_up {
            Outcome::Complete
        } else {
            Outcome::Unanswered
        }
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
            assert_eq!(
                (progress.sent.blocks, progress.sent.bytes),
                (blocks, size as u64)
            );
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
        assert_eq!(
            progress.outcome(now + SECOND * 5, SECOND * 5),
            Outcome::Unanswered
        );
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
