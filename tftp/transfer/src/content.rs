//! The content of a file that is being sent: in memory as a whole, or in pieces as they arrive.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::netascii;
use crate::packet::Mode;

/// Largest text in bytes whose encoded size is counted, so that many requests cost little.
const MAX_COUNTED_BYTES: usize = 1 << 20;

/// Bytes of a text that are encoded at once.
const PIECE_BYTES: usize = 4_096;

/// The content of a file.
#[derive(Clone, Debug)]
pub struct Content(Source);

#[derive(Clone, Debug)]
enum Source {
    /// The whole file.
    Whole(Bytes),
    /// A file that arrives in pieces, with its size in bytes if that is known.
    Pieces(Option<u64>),
}

impl Content {
    /// A file in memory. Nothing is copied.
    #[must_use]
    pub fn whole(bytes: Bytes) -> Self {
        Self(Source::Whole(bytes))
    }

    /// A file that arrives in pieces, by [`Sending::feed`](crate::Sending::feed), with its size in
    /// bytes if that is known.
    #[must_use]
    pub fn pieces(size: Option<u64>) -> Self {
        Self(Source::Pieces(size))
    }
}

/// The bytes of a transfer, divided into blocks.
#[derive(Clone, Debug)]
pub(crate) enum Blocks {
    /// A file in memory that is sent unchanged: any block at any time.
    Memory(Bytes),
    /// Anything else: the blocks from the first unacknowledged one on.
    Window(Window),
}

/// The bytes that are not acknowledged yet, as far as they are known.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    mode: Mode,
    /// A text in memory that is not encoded yet.
    rest: Bytes,
    /// Position of the first held byte in the transfer.
    start: u64,
    held: VecDeque<u8>,
    /// Whether nothing follows `rest`.
    has_end: bool,
    /// Bytes of the file, if they are announced.
    size: Option<u64>,
}

impl Blocks {
    pub(crate) fn new(content: Content, mode: Mode) -> Self {
        let window = |rest, has_end, size| {
            let (start, held) = (0, VecDeque::new());
            Self::Window(Window { mode, rest, start, held, has_end, size })
        };
        match (content.0, mode) {
            (Source::Whole(bytes), Mode::Octet) => Self::Memory(bytes),
            (Source::Whole(text), Mode::Netascii) => window(text, true, None),
            (Source::Pieces(size), _) => window(Bytes::new(), false, size),
        }
    }

    /// Bytes of the whole transfer, where this is known at its beginning.
    pub(crate) fn announced_size(&self) -> Option<u64> {
        match self {
            Self::Memory(bytes) => Some(bytes.len() as u64),
            Self::Window(window) => match window.mode {
                Mode::Octet => window.size,
                Mode::Netascii => {
                    let is_counted = window.has_end && window.rest.len() <= MAX_COUNTED_BYTES;
                    is_counted.then(|| netascii::encoded_len(&window.rest))
                }
            },
        }
    }

    /// The number of the last block; `None` while more bytes may follow.
    pub(crate) fn last(&self, block_size: usize) -> Option<u64> {
        let size = match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Window(window) if window.has_end && window.rest.is_empty() => window.end(),
            Self::Window(_) => return None,
        };
        Some(size / block_size as u64 + 1)
    }

    /// Appends the bytes of a block, counted from 1. Returns their number, or `None` if the block
    /// is not known completely yet, or has been released.
    pub(crate) fn write(
        &mut self,
        number: u64,
        block_size: usize,
        packet: &mut Vec<u8>,
    ) -> Option<usize> {
        let from = number.checked_sub(1)? * block_size as u64;
        match self {
            Self::Memory(bytes) => {
                let rest = bytes.get(usize::try_from(from).ok()?..)?;
                let block = &rest[..rest.len().min(block_size)];
                packet.extend_from_slice(block);
                Some(block.len())
            }
            Self::Window(window) => window.write(from, block_size, packet),
        }
    }

    /// Forgets the bytes of acknowledged blocks.
    pub(crate) fn release(&mut self, blocks: u64, block_size: usize) {
        if let Self::Window(window) = self {
            let past = (blocks * block_size as u64).saturating_sub(window.start);
            let count = usize::try_from(past).unwrap_or(usize::MAX).min(window.held.len());
            window.held.drain(..count);
            window.start += count as u64;
        }
    }

    /// Whether fewer bytes than `window_bytes` are held, and more can be fed.
    pub(crate) fn wants_more(&self, window_bytes: usize) -> bool {
        matches!(self, Self::Window(window) if !window.has_end && window.held.len() < window_bytes)
    }

    /// Appends a piece of the file; an empty piece is its end.
    pub(crate) fn feed(&mut self, piece: &[u8]) {
        if let Self::Window(window) = self {
            if window.has_end {
                return;
            }
            window.has_end = piece.is_empty();
            window.hold(piece);
        }
    }
}

impl Window {
    /// Position after the last held byte.
    fn end(&self) -> u64 {
        self.start + self.held.len() as u64
    }

    fn hold(&mut self, piece: &[u8]) {
        match self.mode {
            Mode::Octet => self.held.extend(piece),
            Mode::Netascii => netascii::encode(piece, &mut self.held),
        }
    }

    fn write(&mut self, from: u64, block_size: usize, packet: &mut Vec<u8>) -> Option<usize> {
        let to = from + block_size as u64;
        while self.end() < to && !self.rest.is_empty() {
            let piece = self.rest.split_to(self.rest.len().min(PIECE_BYTES));
            self.hold(&piece);
        }
        if self.end() < to && !self.has_end {
            return None;
        }
        let from = usize::try_from(from.checked_sub(self.start)?).ok()?;
        let count = self.held.len().checked_sub(from)?.min(block_size);
        let (front, back) = self.held.as_slices();
        let middle = from.min(front.len())..(from + count).min(front.len());
        packet.extend_from_slice(&front[middle.clone()]);
        let rest = count - middle.len();
        let begin = from.saturating_sub(front.len());
        packet.extend_from_slice(&back[begin..begin + rest]);
        Some(count)
    }
}
