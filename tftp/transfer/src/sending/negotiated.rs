//! What sender and receiver agree on.

use std::time::Duration;

use crate::content::Blocks;
use crate::options::{MAX_WAIT, SendOptions};
use crate::packet::Options;

/// Largest window in bytes; a window is held in memory if the file is not.
const MAX_WINDOW_BYTES: usize = 1 << 20;

/// The values for one transfer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Negotiated {
    /// The options to confirm; `None` if none of the requested ones is granted.
    pub(super) confirmed: Option<Options>,
    pub(super) block_size: usize,
    pub(super) window_size: u64,
    pub(super) timeout: Duration,
}

impl Negotiated {
    /// Grants block and window size up to the limits, a timeout within its limit, and the size of
    /// the file if it is known. An empty file is not announced: curl gives up at a size of 0.
    pub(super) fn new(asked: &Options, limits: &SendOptions, blocks: &Blocks) -> Self {
        let block_size = asked.block_size.map(|size| size.min(limits.max_block_size));
        let bytes = usize::from(block_size.unwrap_or(512));
        let most = u16::try_from(MAX_WINDOW_BYTES / bytes).unwrap_or(u16::MAX);
        let most = most.min(limits.max_window_size).max(1);
        let window_size = asked.window_size.map(|blocks| blocks.min(most));
        let is_size_asked = asked.transfer_size == Some(0);
        let size = is_size_asked.then(|| blocks.announced_size()).flatten();
        let confirmed = Options {
            block_size,
            window_size,
            timeout: asked.timeout.filter(|seconds| *seconds <= limits.max_timeout_seconds),
            transfer_size: size.filter(|size| *size > 0),
        };
        let timeout = confirmed.timeout.map(|seconds| Duration::from_secs(seconds.into()));
        Self {
            confirmed: (confirmed != Options::default()).then_some(confirmed),
            block_size: bytes,
            window_size: window_size.unwrap_or(1).into(),
            timeout: timeout.unwrap_or(limits.timeout).min(MAX_WAIT),
        }
    }
}
