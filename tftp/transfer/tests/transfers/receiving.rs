//! A transfer from a simple sender over a link that loses, repeats and swaps packets.

use std::collections::VecDeque;
use std::net::SocketAddr;

use adr_transfer::{ErrorCode, Options, Packet, ReceiveError, ReceiveOptions, Receiving};
use proptest::prelude::*;

use crate::faults::{DELAY, Faults};

fn server() -> SocketAddr {
    "192.0.2.1:69".parse().unwrap()
}

fn peer() -> SocketAddr {
    "192.0.2.1:40000".parse().unwrap()
}

/// A sender that follows the RFCs: it sends a window at a time, and after a timeout again from the
/// first unacknowledged block.
struct Sender {
    file: Vec<u8>,
    options: Option<Options>,
    block_size: usize,
    window: u64,
    /// Number of acknowledged blocks.
    acknowledged: u64,
    options_open: bool,
}

impl Sender {
    fn new(file: Vec<u8>, answers: bool, request: &[u8]) -> Self {
        let Ok(Packet::Read(request)) = Packet::parse(request) else { panic!("not a request") };
        let asked = request.options;
        let size = file.len() as u64;
        let options = Options { transfer_size: asked.transfer_size.map(|_| size), ..asked };
        let options = Some(options).filter(|options| answers && *options != Options::default());
        let given = options.unwrap_or_default();
        Self {
            file,
            options,
            block_size: given.block_size.unwrap_or(512).into(),
            window: given.window_size.unwrap_or(1).into(),
            acknowledged: 0,
            options_open: options.is_some(),
        }
    }

    /// The packets to send before the next acknowledgement.
    fn window(&self) -> Vec<Vec<u8>> {
        if self.options_open {
            return vec![Packet::OptionAck(self.options.unwrap()).to_bytes()];
        }
        let blocks = self.file.len() as u64 / self.block_size as u64 + 1;
        let last = blocks.min(self.acknowledged + self.window);
        let block = |number: u64| {
            let from = (number as usize - 1) * self.block_size;
            let to = self.file.len().min(from + self.block_size);
            let block = (number & 0xffff) as u16;
            Packet::Data { block, bytes: &self.file[from..to] }.to_bytes()
        };
        (self.acknowledged + 1..=last).map(block).collect()
    }

    /// Processes an acknowledgement, and returns whether it is a new one.
    fn acknowledge(&mut self, packet: &[u8]) -> bool {
        let Ok(Packet::Ack { block }) = Packet::parse(packet) else { panic!("{packet:?}") };
        if self.options_open {
            self.options_open = block != 0;
            return block == 0;
        }
        let ahead = u64::from(block.wrapping_sub((self.acknowledged & 0xffff) as u16));
        let is_new = (1..=self.window).contains(&ahead);
        self.acknowledged += if is_new { ahead } else { 0 };
        is_new
    }
}

/// Transmits packets. One that takes longer arrives behind the next one.
fn link(packets: Vec<Vec<u8>>, faults: &mut Faults) -> VecDeque<Vec<u8>> {
    let mut through: VecDeque<Vec<u8>> = VecDeque::new();
    let mut is_last_late = false;
    for packet in packets {
        for delay in faults.arrivals(true) {
            if is_last_late {
                through.insert(through.len() - 1, packet.clone());
                is_last_late = false;
            } else {
                through.push_back(packet.clone());
                is_last_late = delay > DELAY;
            }
        }
    }
    through
}

fn transfer(
    file: &[u8],
    options: ReceiveOptions,
    answers: bool,
    seed: u64,
) -> Result<Vec<u8>, ReceiveError> {
    let mut faults = if seed == 0 { Faults::none() } else { Faults::any(seed) };
    let mut receiving = Receiving::new(server(), "file", options);
    let mut sender = Sender::new(file.to_vec(), answers, receiving.request());
    let mut received = Vec::new();
    let mut on_the_way = link(sender.window(), &mut faults);
    for _ in 0..200_000 {
        let replies = match on_the_way.pop_front() {
            Some(packet) => {
                let step = receiving.packet(peer(), &packet)?;
                received.extend_from_slice(step.bytes);
                if step.is_done {
                    return Ok(received);
                }
                step.reply.into_iter().map(|reply| reply.bytes).collect()
            }
            None => {
                let reply = receiving.time_out()?;
                if reply.to == server() {
                    on_the_way = link(sender.window(), &mut faults);
                    continue;
                }
                vec![reply.bytes]
            }
        };
        let is_silent = on_the_way.is_empty() && replies.is_empty();
        let heard = link(replies, &mut faults)
            .into_iter()
            .filter(|reply| sender.acknowledge(reply))
            .count()
            > 0;
        if heard || is_silent {
            on_the_way.extend(link(sender.window(), &mut faults));
        } else if on_the_way.is_empty() {
            // the timeout of the sender
            on_the_way = link(sender.window(), &mut faults);
        }
    }
    panic!("the transfer does not end");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn files_arrive_over_a_lossy_link(
        size in 0usize..6_000,
        block_size in prop_oneof![Just(None), (8u16..1_500).prop_map(Some)],
        window_size in prop_oneof![Just(None), (1u16..20).prop_map(Some)],
        answers in any::<bool>(),
        seed in 1u64..,
    ) {
        let file: Vec<u8> = (0..size).map(|at| (at * 7 / 5) as u8).collect();
        let options = ReceiveOptions { block_size, window_size, retries: 1_000, ..ReceiveOptions::default() };
        prop_assert_eq!(transfer(&file, options, answers, seed).unwrap(), file);
    }

    #[test]
    fn arbitrary_packets_never_give_wrong_content(
        packets in prop::collection::vec(
            (any::<bool>(), 0u8..8, prop::collection::vec(prop_oneof![Just(0u8), Just(1u8), any::<u8>()], 0..40)),
            0..40,
        ),
    ) {
        let mut receiving = Receiving::new(server(), "file", ReceiveOptions { max_bytes: 100, ..ReceiveOptions::default() });
        let mut bytes = 0;
        for (mine, kind, rest) in packets {
            let from = if mine { peer() } else { "198.51.100.7:69".parse().unwrap() };
            let packet = [&[0, kind][..], &rest].concat();
            match receiving.packet(from, &packet) {
                Ok(step) => {
                    prop_assert!(mine || step.bytes.is_empty());
                    bytes += step.bytes.len();
                    prop_assert!(bytes <= 100);
                }
                Err(failure) => {
                    prop_assert!(mine, "{}", failure);
                    break;
                }
            }
        }
    }
}

#[test]
fn block_number_wraps_around() {
    let file: Vec<u8> = (0..65_536 * 8 + 3).map(|at| (at / 8) as u8).collect();
    let options =
        ReceiveOptions { block_size: Some(8), window_size: None, ..ReceiveOptions::default() };
    assert!(transfer(&file, options, true, 0).unwrap() == file);
}

fn receiving() -> Receiving {
    Receiving::new(
        server(),
        "file",
        ReceiveOptions { max_bytes: 1_000, ..ReceiveOptions::default() },
    )
}

fn oack(text: &str) -> Vec<u8> {
    [b"\0\x06", text.replace(['=', ' '], "\0").as_bytes(), b"\0"].concat()
}

#[test]
fn options_that_were_not_requested_are_rejected() {
    for given in ["blksize=1429", "blksize=65464", "windowsize=9"] {
        let failure = receiving().packet(peer(), &oack(given)).unwrap_err();
        let reply = failure.reply().unwrap();
        let Ok(Packet::Error { code, .. }) = Packet::parse(&reply.bytes) else { panic!("{given}") };
        assert_eq!((code, reply.to), (ErrorCode::OPTIONS, peer()), "{given}");
    }
}

#[test]
fn size_beyond_the_limit_ends_the_transfer() {
    let failure = receiving().packet(peer(), &oack("tsize=4294967296")).unwrap_err();
    assert!(matches!(failure, ReceiveError::TooLarge { max: 1_000, .. }), "{failure:?}");
    let mut receiving = receiving();
    receiving.packet(peer(), &[&[0, 3, 0, 1][..], &[7; 512]].concat()).unwrap();
    let failure = receiving.packet(peer(), &[&[0, 3, 0, 2][..], &[7; 512]].concat()).unwrap_err();
    assert!(matches!(failure, ReceiveError::TooLarge { .. }), "{failure:?}");
}

#[test]
fn wrong_size_ends_the_transfer() {
    for (given, block) in [("tsize=5", "123456"), ("tsize=7", "123456")] {
        let mut receiving = receiving();
        receiving.packet(peer(), &oack(given)).unwrap();
        let packet = [&[0, 3, 0, 1][..], block.as_bytes()].concat();
        let failure = receiving.packet(peer(), &packet);
        assert!(matches!(failure, Err(ReceiveError::WrongSize { .. })), "{given}: {failure:?}");
    }
}

#[test]
fn packet_of_another_sender_is_answered_with_an_error() {
    let mut receiving = receiving();
    receiving.packet(peer(), &oack("tsize=5")).unwrap();
    let other = "192.0.2.1:40001".parse().unwrap();
    let step = receiving.packet(other, b"\0\x03\0\x01abc").unwrap();
    let reply = step.reply.unwrap();
    assert_eq!((step.bytes, reply.to), (&b""[..], other));
    assert!(reply.bytes.starts_with(b"\0\x05\0\x05"), "{reply:?}");
}

#[test]
fn silent_server_ends_the_transfer() {
    let mut receiving = receiving();
    for _ in 0..ReceiveOptions::default().retries {
        assert_eq!(receiving.time_out().unwrap().bytes, receiving.request());
    }
    assert!(matches!(receiving.time_out(), Err(ReceiveError::Silent)));
}

#[test]
fn refusal_shows_the_message_of_the_server() {
    let failure = receiving().packet(peer(), b"\0\x05\0\x01File\nnot found\0").unwrap_err();
    assert!(failure.is_missing());
    assert_eq!(failure.to_string(), "the server refuses: File\\nnot found (error 1)");
}
