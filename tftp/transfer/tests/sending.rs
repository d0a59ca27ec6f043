//! A sender's answers to single packets and timeouts.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking; the clock is read once, as the origin of times"
)]

use std::time::{Duration, Instant};

use adr_transfer::{Content, Packet, SendOptions, SendState, Sending};
use proptest::prelude::*;

struct Sender {
    sending: Sending,
    now: Instant,
}

impl Sender {
    /// A sender that answers a request for `size` bytes.
    fn new(size: usize, options: &str) -> Self {
        Self::of(vec![7; size], "octet", options)
    }

    fn of(file: Vec<u8>, mode: &str, options: &str) -> Self {
        let options = options.replace(['=', ' '], "\0");
        let end = if options.is_empty() { "" } else { "\0" };
        let request = format!("\0\x01file\0{mode}\0{options}{end}");
        let Ok(Packet::Read(request)) = Packet::parse(request.as_bytes()) else { panic!() };
        let now = Instant::now();
        let content = Content::whole(file.into());
        let sending = Sending::new(&request, content, &SendOptions::default(), now);
        Self { sending, now }
    }

    /// The packets that are due, as numbers of blocks; 0 is the option acknowledgement.
    fn due(&mut self) -> Vec<u16> {
        let mut numbers = Vec::new();
        for packet in self.packets() {
            match Packet::parse(&packet).unwrap() {
                Packet::Data { block, .. } => numbers.push(block),
                Packet::OptionAck(_) => numbers.push(0),
                other => panic!("{other:?}"),
            }
        }
        numbers
    }

    fn packets(&mut self) -> Vec<Vec<u8>> {
        let (mut all, mut packets) = (Vec::new(), Vec::new());
        while let Some(length) = self.sending.write(64, &mut packets) {
            all.extend(packets.chunks(length).map(<[u8]>::to_vec));
        }
        all
    }

    fn ack(&mut self, block: u16) -> SendState {
        self.sending.packet(&Packet::Ack { block }.to_bytes(), self.now)
    }

    /// Waits for the deadline.
    fn wait(&mut self) -> SendState {
        self.now = self.sending.deadline().unwrap();
        self.sending.time_out(self.now)
    }
}

#[test]
fn first_packet_is_sent_once_until_an_acknowledgement() {
    for (options, first) in [("", 1), ("blksize=1000", 0)] {
        let mut sender = Sender::new(5_000, options);
        assert_eq!(sender.due(), [first]);
        let end = sender.sending.deadline().unwrap();
        assert_eq!(end - sender.now, Duration::from_secs(18));
        for _ in 0..3 {
            sender.sending.repeat_first(sender.now + Duration::from_secs(1));
            assert_eq!(sender.due(), [first]);
        }
        assert_eq!(sender.sending.deadline(), Some(end), "repeated requests prolong nothing");
        assert_eq!((sender.wait(), sender.due()), (SendState::Silent, vec![]));
        assert!(!sender.sending.is_acknowledged());
        assert_eq!(sender.sending.sent().retransmissions, 3);
    }
}

#[test]
fn window_is_sent_eight_times_again_after_the_first_acknowledgement() {
    let mut sender = Sender::new(5_000, "windowsize=2");
    assert_eq!(sender.due(), [0]);
    assert_eq!((sender.ack(0), sender.due()), (SendState::InProgress, vec![1, 2]));
    for _ in 0..8 {
        assert_eq!((sender.wait(), sender.due()), (SendState::InProgress, vec![1, 2]));
    }
    assert!(sender.sending.is_stalled());
    assert_eq!((sender.wait(), sender.due()), (SendState::Silent, vec![]));
    assert_eq!(sender.sending.sent().retransmissions, 8);
    assert_eq!((sender.sending.sent().blocks, sender.sending.sent().bytes), (2, 1_024));
}

#[test]
fn large_window_is_repeated_unasked_as_often_as_acknowledgements_have_paid_for() {
    for (window, acknowledgements, repetitions) in
        [(2, 1, 8), (4, 1, 3), (8, 1, 1), (8, 2, 2), (8, 6, 7), (16, 1, 0), (16, 8, 1), (16, 64, 8)]
    {
        let mut sender = Sender::new(1 << 20, &format!("blksize=512 windowsize={window}"));
        sender.due();
        for acknowledged in 0..acknowledgements {
            sender.ack(acknowledged * window);
            assert_eq!(sender.due().len(), usize::from(window));
        }
        let mut repeated = 0;
        while sender.wait() == SendState::InProgress {
            repeated += sender.due().len() / usize::from(window);
        }
        assert_eq!(repeated, repetitions, "windows of {window} after {acknowledgements}");
        assert_eq!(sender.sending.sent().retransmissions, repeated as u64);
    }
}

#[test]
fn window_that_nothing_has_paid_for_is_repeated_when_the_receiver_asks() {
    let mut sender = Sender::new(1 << 20, "windowsize=16");
    let window: Vec<u16> = (1..=16).collect();
    sender.due();
    sender.ack(0);
    assert_eq!(sender.due(), window);
    for _ in 0..8 {
        // a receiver that has this block answers
        assert_eq!((sender.wait(), sender.due()), (SendState::InProgress, vec![1]));
        sender.ack(0);
        assert_eq!(sender.due(), window);
        sender.ack(0);
        assert_eq!(sender.due(), [], "once for each timeout");
    }
    sender.ack(16);
    assert_eq!(sender.due(), (17..=32).collect::<Vec<u16>>());
}

#[test]
fn single_block_that_nothing_has_paid_for_is_repeated_when_the_receiver_asks() {
    let Ok(Packet::Read(request)) = Packet::parse(b"\0\x01file\0octet\0") else { panic!() };
    let now = Instant::now();
    let options = SendOptions { max_packets_per_ack: 1, ..SendOptions::default() };
    let content = Content::whole(vec![7; 5_000].into());
    let mut sender = Sender { sending: Sending::new(&request, content, &options, now), now };
    sender.due();
    sender.ack(1);
    assert_eq!(sender.due(), [2]);
    sender.ack(1);
    assert_eq!(sender.due(), [], "the acknowledgement may be doubled");
    for _ in 0..2 {
        assert_eq!((sender.wait(), sender.due()), (SendState::InProgress, vec![]));
        for expected in [vec![2], vec![]] {
            sender.ack(1);
            assert_eq!(sender.due(), expected);
        }
    }
    sender.ack(2);
    assert_eq!(sender.due(), [3]);
    sender.ack(2);
    assert_eq!(sender.due(), []);
}

#[test]
fn late_repetition_of_the_request_changes_nothing() {
    let mut sender = Sender::new(5_000, "");
    sender.due();
    sender.ack(1);
    assert_eq!(sender.due(), [2]);
    sender.sending.repeat_first(sender.now);
    assert_eq!(sender.due(), []);
}

#[test]
fn repeated_and_wrong_acknowledgements_send_nothing() {
    let mut sender = Sender::new(5_000, "");
    assert_eq!(sender.due(), [1]);
    for block in [0, 2, 7, 65_535] {
        assert_eq!((sender.ack(block), sender.due()), (SendState::InProgress, vec![]));
    }
    assert!(!sender.sending.is_acknowledged());
    for packet in [&b"\0\x04\0\x01\0"[..], b"\0\x03\0\x01", b"\0\x01x\0octet\0", b""] {
        assert_eq!(sender.sending.packet(packet, sender.now), SendState::InProgress);
        assert_eq!(sender.due(), []);
    }
    sender.ack(1);
    assert_eq!(sender.due(), [2]);
    for _ in 0..5 {
        assert_eq!((sender.ack(1), sender.due()), (SendState::InProgress, vec![]));
    }
}

#[test]
fn acknowledgement_within_a_window_resumes_after_it() {
    let mut sender = Sender::new(10_000, "windowsize=4");
    sender.due();
    sender.ack(0);
    assert_eq!(sender.due(), [1, 2, 3, 4]);
    sender.ack(2);
    assert_eq!(sender.due(), [3, 4, 5, 6]);
    // the receiver repeats that it lacks block 3, and is answered once
    for expected in [vec![3, 4, 5, 6], vec![]] {
        sender.ack(2);
        assert_eq!(sender.due(), expected);
    }
    sender.ack(6);
    assert_eq!(sender.due(), [7, 8, 9, 10]);
}

#[test]
fn last_acknowledgement_completes_the_transfer() {
    for (size, blocks) in [(0, 1), (1, 1), (511, 1), (512, 2), (1_024, 3)] {
        let mut sender = Sender::new(size, "");
        for block in 1..=blocks {
            assert_eq!(sender.due(), [block]);
            assert_eq!(sender.sending.is_ending(), block > 1 && block == blocks);
            let done = if block == blocks { SendState::Complete } else { SendState::InProgress };
            assert_eq!(sender.ack(block), done, "{size}");
        }
        assert_eq!(sender.sending.sent().bytes, size as u64);
    }
}

#[test]
fn error_of_the_receiver_ends_the_transfer_without_an_answer() {
    for options in ["", "tsize=0"] {
        let mut sender = Sender::new(5_000, options);
        sender.due();
        let state = sender.sending.packet(b"\0\x05\0\x08no\0", sender.now);
        assert_eq!((state, sender.due()), (SendState::Aborted, vec![]));
    }
}

#[test]
fn options_are_granted_up_to_the_limits() {
    for (asked, confirmed) in [
        ("blksize=8", "blksize=8"),
        ("blksize=65464", "blksize=1428"),
        ("windowsize=65535", "windowsize=16"),
        ("timeout=6", "timeout=6"),
        ("timeout=7 blksize=512", "blksize=512"),
        ("tsize=0", "tsize=31"),
        ("tsize=7 blksize=512", "blksize=512"),
        ("x=y tsize=0 timeout=5 BLKSIZE=1428", "blksize=1428 timeout=5 tsize=31"),
    ] {
        let packets = Sender::new(31, asked).packets();
        let expected = format!("\0\x06{}\0", confirmed.replace(['=', ' '], "\0"));
        assert_eq!(packets, [expected.as_bytes()], "{asked}");
    }
    for ignored in ["blksize=7", "timeout=7", "timeout=0", "windowsize=0", "tsize=7", "x=y"] {
        assert_eq!(Sender::new(31, ignored).due(), [1], "{ignored}");
    }
    // curl gives up at a size of 0
    assert_eq!(Sender::new(0, "tsize=0").due(), [1]);
}

#[test]
fn extreme_timeouts_and_retries_are_bounded() {
    let Ok(Packet::Read(request)) = Packet::parse(b"\0\x01file\0octet\0") else { panic!() };
    let (now, hour) = (Instant::now(), Duration::from_secs(3_600));
    let options =
        SendOptions { timeout: Duration::MAX, retries: u32::MAX, ..SendOptions::default() };
    let content = Content::whole(vec![7; 1_000].into());
    let mut sender = Sender { sending: Sending::new(&request, content, &options, now), now };
    assert_eq!((sender.due(), sender.sending.deadline()), (vec![1], Some(now + hour)));
    sender.ack(1);
    assert_eq!((sender.due(), sender.sending.deadline()), (vec![2], Some(now + hour)));
}

#[test]
fn timeout_of_the_receiver_is_kept() {
    let mut sender = Sender::new(31, "timeout=5");
    sender.due();
    sender.ack(0);
    assert_eq!(sender.due(), [1]);
    assert_eq!(sender.sending.deadline().unwrap() - sender.now, Duration::from_secs(5));
}

#[test]
fn netascii_announces_the_converted_size() {
    let mut sender = Sender::of(b"a\nb\r".to_vec(), "NetASCII", "tsize=0");
    assert_eq!(sender.packets(), [b"\0\x06tsize\x006\0"]);
    sender.ack(0);
    assert_eq!(sender.packets(), [b"\0\x03\0\x01a\r\nb\r\0"]);
    assert_eq!(sender.ack(1), SendState::Complete);
}

#[test]
fn file_in_pieces_waits_for_the_next_piece() {
    let Ok(Packet::Read(request)) = Packet::parse(b"\0\x01file\0octet\0tsize\x000\0") else {
        panic!()
    };
    let now = Instant::now();
    let options = SendOptions::default();
    let sending = Sending::new(&request, Content::pieces(None), &options, now);
    let mut sender = Sender { sending, now };
    assert_eq!((sender.due(), sender.sending.deadline()), (vec![], None));
    sender.sending.feed(&[7; 700], now);
    assert!(!sender.sending.wants_more());
    assert_eq!(sender.due(), [1]);
    sender.ack(1);
    assert_eq!((sender.due(), sender.sending.deadline()), (vec![], None));
    assert!(sender.sending.wants_more());
    sender.sending.feed(&[], now);
    assert_eq!(sender.due(), [2]);
    assert!(sender.sending.deadline().is_some());
    assert_eq!(sender.ack(2), SendState::Complete);
    assert_eq!(sender.sending.sent().bytes, 700);
}

proptest! {
    /// A step is an acknowledgement of the blocks that were sent, but these, or else a timeout.
    #[test]
    fn acknowledgements_pay_for_all_packets(
        window in 1u16..=16,
        steps in prop::collection::vec(prop::option::of(0u16..20), 1..80),
    ) {
        let mut sender = Sender::new(1 << 20, &format!("windowsize={window}"));
        sender.due();
        let (mut sent, mut acknowledgements, mut highest) = (0, 0, 0);
        for step in steps {
            let state = match step {
                Some(less) => {
                    acknowledgements += 1;
                    sender.ack(u16::saturating_sub(highest, less))
                }
                None if acknowledgements > 0 => sender.wait(),
                None => continue,
            };
            let due = sender.due();
            sent += due.len();
            highest = due.iter().copied().fold(highest, u16::max);
            prop_assert!(sent <= 18 * acknowledgements, "{} for {}", sent, acknowledgements);
            if state != SendState::InProgress {
                break;
            }
        }
    }

    #[test]
    fn arbitrary_packets_are_bounded(
        packets in prop::collection::vec(
            (0u8..8, prop::collection::vec(prop_oneof![Just(0u8), Just(1u8), any::<u8>()], 0..8)),
            0..60,
        ),
        window in 1u16..9,
    ) {
        let mut sender = Sender::new(5_000, &format!("windowsize={window} blksize=64"));
        let mut sent = sender.due().len();
        for (kind, rest) in &packets {
            let packet = [&[0, *kind][..], rest].concat();
            let state = sender.sending.packet(&packet, sender.now);
            sent += sender.due().len();
            if state != SendState::InProgress {
                break;
            }
        }
        let windows = 1 + sender.sending.sent().blocks + sender.sending.sent().retransmissions;
        prop_assert!(sent as u64 <= windows * u64::from(window) + 1);
    }
}
