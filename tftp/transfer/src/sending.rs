//! A transfer that sends a file, without sockets and clocks: packets and the time go in, packets
//! come out. The mirror of [`Receiving`](crate::Receiving).

mod negotiated;

use std::time::{Duration, Instant};

use crate::content::{Blocks, Content};
use crate::options::SendOptions;
use crate::packet::{Options, Packet, Request};

use negotiated::Negotiated;

/// Bytes of the head of a data packet.
const HEAD_BYTES: usize = 4;

/// Most bytes of packets that [`Sending::write`] returns at once: what fits into one UDP packet,
/// so that the operating system can divide it.
const MAX_BATCH_BYTES: usize = 65_000;

/// A transfer in progress.
///
/// After [`Sending::new`] and after each call that reports [`SendState::InProgress`], send what
/// [`Sending::write`] returns, until it returns `None`. Call [`Sending::time_out`] at
/// [`Sending::deadline`].
///
/// Until the first acknowledgement, the receiver may be a forged address. The transfer therefore
/// sends its first packet once, and once again for each repetition of the request. After the first
/// acknowledgement, it sends a window up to [`SendOptions::retries`] times again.
///
/// An acknowledgement may be forged as well, by a guess of the sender's port. So acknowledgements
/// pay for packets: see [`SendOptions::max_packets_per_ack`].
///
/// ```
/// use std::time::Instant;
///
/// use adr_transfer::{Content, Packet, SendOptions, SendState, Sending};
///
/// let now = Instant::now();
/// let Ok(Packet::Read(request)) = Packet::parse(b"\0\x01AppDialRules.xml\0octet\0") else {
///     unreachable!()
/// };
/// let content = Content::whole(b"<DialRules/>".as_slice().into());
/// let mut sending = Sending::new(&request, content, &SendOptions::default(), now);
/// let mut packets = Vec::new();
/// assert!(sending.write(1, &mut packets).is_some());
/// assert_eq!(packets, b"\0\x03\0\x01<DialRules/>");
/// assert_eq!(sending.write(1, &mut packets), None);
/// assert_eq!(sending.packet(b"\0\x04\0\x01", now), SendState::Complete);
/// ```
#[derive(Clone, Debug)]
pub struct Sending {
    blocks: Blocks,
    /// The options to confirm; `None` after their acknowledgement, or if there are none.
    confirmed: Option<Options>,
    block_size: usize,
    window_size: u64,
    timeout: Duration,
    retries: u32,
    packets_per_ack: u64,
    /// Packets that acknowledgements have paid for, and that were not sent.
    credit: u64,
    /// Whether the window was not sent again for lack of credit. It is sent again when the receiver
    /// repeats its acknowledgement.
    is_withheld: bool,
    /// Whether the first block of a withheld window has to be sent: a receiver that has it answers.
    probe_due: bool,
    /// Whether the option acknowledgement has to be sent.
    options_due: bool,
    /// Number of acknowledged blocks.
    acknowledged: u64,
    /// The block to send next.
    next: u64,
    /// The highest block that was sent.
    highest: u64,
    /// Whether the receiver has acknowledged anything.
    is_acknowledged: bool,
    /// Whether a loss that the receiver reported in this window was answered.
    gap_answered: bool,
    /// Timeouts since the latest progress.
    timeouts: u32,
    deadline: Instant,
    sent: SentTotal,
}

/// What a call led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendState {
    /// The transfer continues; packets may have to be sent.
    InProgress,
    /// The receiver acknowledged the last block.
    Complete,
    /// The receiver ended the transfer with an error packet. It gets no answer.
    Aborted,
    /// The receiver does not acknowledge, or no longer does.
    Silent,
}

/// What was sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentTotal {
    /// Bytes of content, as sent: in netascii, a line end has two. Repetitions do not count.
    pub bytes: u64,
    /// Data blocks, without repetitions.
    pub blocks: u64,
    /// How often the first packet or a window was sent again.
    pub retransmissions: u64,
}

impl Sending {
    /// A transfer that answers a read request. Out of its options, those that can be granted are
    /// confirmed; if there are none, the first block is sent at once.
    #[must_use]
    pub fn new(
        request: &Request<'_>,
        content: Content,
        options: &SendOptions,
        now: Instant,
    ) -> Self {
        let blocks = Blocks::new(content, request.mode);
        let negotiated = Negotiated::new(&request.options, options, &blocks);
        Self {
            options_due: negotiated.confirmed.is_some(),
            confirmed: negotiated.confirmed,
            block_size: negotiated.block_size,
            window_size: negotiated.window_size,
            timeout: negotiated.timeout,
            retries: options.retries,
            packets_per_ack: options.max_packets_per_ack.into(),
            credit: 0,
            is_withheld: false,
            probe_due: false,
            blocks,
            acknowledged: 0,
            next: 1,
            highest: 0,
            is_acknowledged: false,
            gap_answered: false,
            timeouts: 0,
            deadline: now + options.silence(),
            sent: SentTotal::default(),
        }
    }

    /// When [`Sending::time_out`] has to be called. `None` while the transfer waits for a piece of
    /// the file, and not for the receiver.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let is_waiting = self.confirmed.is_some() || self.next > self.acknowledged + 1;
        is_waiting.then_some(self.deadline)
    }

    /// Whether the receiver has acknowledged anything: then its address is not forged.
    #[must_use]
    pub fn is_acknowledged(&self) -> bool {
        self.is_acknowledged
    }

    /// Whether the receiver has not answered the latest window in time, and not since.
    #[must_use]
    pub fn is_stalled(&self) -> bool {
        self.timeouts > 0
    }

    /// Whether the receiver has acknowledged something, and the last block was sent: only its
    /// acknowledgement is outstanding.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        let last = self.blocks.last(self.block_size);
        self.is_acknowledged && last.is_some_and(|last| self.highest >= last)
    }

    /// What was sent so far.
    #[must_use]
    pub fn sent(&self) -> SentTotal {
        self.sent
    }

    /// Replaces the content of `packets` by the packets to send now, at most `max_packets` and
    /// 65,000 bytes. Returns the length of each packet but the last, which may be shorter; `None`
    /// if there is nothing to send now.
    pub fn write(&mut self, max_packets: usize, packets: &mut Vec<u8>) -> Option<usize> {
        packets.clear();
        if let Some(options) = self.confirmed {
            let is_due = std::mem::take(&mut self.options_due);
            return is_due.then(|| {
                packets.extend_from_slice(&Packet::OptionAck(options).to_bytes());
                packets.len()
            });
        }
        let length = HEAD_BYTES + self.block_size;
        if std::mem::take(&mut self.probe_due) {
            self.credit = self.credit.saturating_sub(1);
            return self.write_data(self.acknowledged + 1, packets).map(|_| length);
        }
        let most = max_packets.min(MAX_BATCH_BYTES / length).max(1);
        let count = (0..most).take_while(|_| self.write_block(packets)).count();
        (count > 0).then_some(length)
    }

    /// Writes the next block of the window, if there is one.
    fn write_block(&mut self, packets: &mut Vec<u8>) -> bool {
        let last = self.blocks.last(self.block_size).unwrap_or(u64::MAX);
        if self.next > last.min(self.acknowledged + self.window_size) {
            return false;
        }
        let Some(count) = self.write_data(self.next, packets) else { return false };
        if self.next > self.highest {
            self.highest = self.next;
            self.sent.blocks += 1;
            self.sent.bytes += count as u64;
        }
        self.credit = self.credit.saturating_sub(1);
        self.next += 1;
        true
    }

    /// Writes a block, if it is known. Returns its bytes of content.
    fn write_data(&mut self, block: u64, packets: &mut Vec<u8>) -> Option<usize> {
        let begin = packets.len();
        packets.extend_from_slice(&3u16.to_be_bytes());
        packets.extend_from_slice(&wire_number(block).to_be_bytes());
        let count = self.blocks.write(block, self.block_size, packets);
        if count.is_none() {
            packets.truncate(begin);
        }
        count
    }

    /// Processes a packet of the receiver. Packets other than acknowledgements and errors, and
    /// malformed ones, change nothing.
    pub fn packet(&mut self, bytes: &[u8], now: Instant) -> SendState {
        match Packet::parse(bytes) {
            Ok(Packet::Error { .. }) => SendState::Aborted,
            Ok(Packet::Ack { block: 0 }) if self.confirmed.is_some() => {
                self.confirmed = None;
                self.progress(now);
                SendState::InProgress
            }
            Ok(Packet::Ack { block }) if self.confirmed.is_none() => self.acknowledge(block, now),
            _ => SendState::InProgress,
        }
    }

    fn acknowledge(&mut self, block: u16, now: Instant) -> SendState {
        let ahead = u64::from(block.wrapping_sub(wire_number(self.acknowledged)));
        let outstanding = self.highest - self.acknowledged;
        if ahead == 0 && outstanding > 0 {
            self.report_of_loss(now);
        }
        if ahead == 0 || ahead > outstanding {
            return SendState::InProgress;
        }
        self.acknowledged += ahead;
        self.next = self.acknowledged + 1;
        self.blocks.release(self.acknowledged, self.block_size);
        self.progress(now);
        match self.blocks.last(self.block_size) {
            Some(last) if self.acknowledged >= last => SendState::Complete,
            _ => SendState::InProgress,
        }
    }

    /// The receiver repeats its latest acknowledgement. In a window of several blocks, it lost the
    /// first of them, and the window is sent again, once. With one block at a time, it may have
    /// received the block twice: an answer would double every packet from then on (RFC 1123,
    /// 4.2.3.1). After a timeout for which nothing was sent, the repetition asks for the window.
    fn report_of_loss(&mut self, now: Instant) {
        if (self.window_size > 1 || self.is_withheld) && !self.gap_answered {
            self.gap_answered = true;
            self.earn();
            self.repeat_window(now);
        }
    }

    /// Counts an acknowledgement that arrived, for the packets that it pays for.
    fn earn(&mut self) {
        self.credit = self.credit.saturating_add(self.packets_per_ack);
    }

    fn progress(&mut self, now: Instant) {
        self.is_acknowledged = true;
        self.is_withheld = false;
        self.probe_due = false;
        self.timeouts = 0;
        self.gap_answered = false;
        self.earn();
        self.deadline = now + self.timeout;
    }

    fn repeat_window(&mut self, now: Instant) {
        self.next = self.acknowledged + 1;
        self.sent.retransmissions += 1;
        self.deadline = now + self.timeout;
    }

    /// The receiver repeated its request: the first packet was lost, and is sent again. After the
    /// first acknowledgement, the repetition is a late one, and changes nothing.
    pub fn repeat_first(&mut self, now: Instant) {
        if self.is_acknowledged || self.deadline().is_none() {
            return;
        }
        let silence = self.deadline;
        self.options_due = self.confirmed.is_some();
        self.repeat_window(now);
        // a forged address must not prolong its transfer
        self.deadline = silence;
    }

    /// Processes the end of the wait for an acknowledgement, which is at [`Sending::deadline`].
    pub fn time_out(&mut self, now: Instant) -> SendState {
        if !self.is_acknowledged || self.timeouts == self.retries {
            return SendState::Silent;
        }
        self.timeouts += 1;
        self.gap_answered = false;
        self.is_withheld = self.credit < self.highest - self.acknowledged;
        if self.is_withheld {
            self.probe_due = self.credit > 0;
            self.deadline = now + self.timeout;
        } else {
            self.repeat_window(now);
        }
        SendState::InProgress
    }

    /// Whether a file in pieces needs another one: call [`Sending::feed`].
    #[must_use]
    pub fn wants_more(&self) -> bool {
        let window = usize::try_from(self.window_size).unwrap_or(usize::MAX);
        self.blocks.wants_more(self.block_size.saturating_mul(window))
    }

    /// Passes the next piece of a file in pieces; an empty piece is the end of the file.
    pub fn feed(&mut self, piece: &[u8], now: Instant) {
        if self.is_acknowledged && self.deadline().is_none() {
            self.deadline = now + self.timeout;
        }
        self.blocks.feed(piece);
    }
}

/// The number of a block in a packet; it wraps around after 65,535.
fn wire_number(block: u64) -> u16 {
    (block & 0xffff) as u16
}
