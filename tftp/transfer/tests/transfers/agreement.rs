//! Sender and receiver agree over a link that loses, doubles and delays packets.

use adr_transfer::{Mode, ReceiveError, ReceiveOptions, SendOptions, SendState};
use proptest::prelude::*;

use crate::faults::Faults;
use crate::link::{Link, Outcome};

/// Options without negotiation, of a receiver that does not give up.
fn patient() -> ReceiveOptions {
    ReceiveOptions { retries: 1_000, ..ReceiveOptions::default().without_extensions() }
}

/// Limits that grant any window, of a sender that does not give up.
fn generous() -> SendOptions {
    SendOptions { max_window_size: 64, retries: 1_000, ..SendOptions::default() }
}

/// How many transfers are simulated, and how many of them may fail: 0.1 %.
const TRANSFERS: u64 = 4_000;
const MAX_FAILURES: usize = 4;

fn file(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 7 / 5) as u8).collect()
}

/// What a receiver in netascii mode gets.
fn netascii(file: &[u8]) -> Vec<u8> {
    let encoded = file.iter().map(|byte| match byte {
        b'\n' => b"\r\n".to_vec(),
        b'\r' => b"\r\0".to_vec(),
        byte => vec![*byte],
    });
    encoded.flatten().collect()
}

fn whole(outcome: &Outcome) -> &[u8] {
    outcome.received.as_deref().unwrap_or_else(|error| panic!("{error}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn files_arrive_over_a_lossy_link(
        size in 0usize..6_000,
        block_size in prop_oneof![Just(None), (8u16..1_500).prop_map(Some)],
        window_size in prop_oneof![Just(None), (1u16..20).prop_map(Some)],
        (mode, in_pieces) in (prop_oneof![Just(Mode::Octet), Just(Mode::Netascii)], any::<bool>()),
        seed in 1u64..,
    ) {
        let file = file(size);
        let receive = ReceiveOptions { block_size, window_size, transfer_size: true, ..patient() };
        let mut link = Link::new(&file, receive, Faults::any(seed));
        (link.mode, link.in_pieces) = (mode, in_pieces);
        let expected = if mode == Mode::Octet { file.clone() } else { netascii(&file) };
        let outcome = link.transfer(&generous());
        prop_assert_eq!(whole(&outcome), expected);
    }

    #[test]
    fn content_is_never_wrong_when_both_sides_give_up(
        size in 0usize..6_000,
        window_size in 1u16..10,
        seed in 1u64..,
    ) {
        let file = file(size);
        let receive = ReceiveOptions { window_size: Some(window_size), ..ReceiveOptions::default() };
        let outcome = Link::new(&file, receive, Faults::loss(seed, 60)).transfer(&SendOptions::default());
        match outcome.received {
            Ok(received) => prop_assert_eq!(received, file),
            Err(error) => {
                let gave_up = matches!(error, ReceiveError::Silent | ReceiveError::Refused { .. });
                prop_assert!(gave_up, "{}", error);
            }
        }
    }
}

#[test]
fn block_number_wraps_around() {
    let file: Vec<u8> = (0..2 * 65_536 * 8 + 3).map(|at| (at / 8) as u8).collect();
    for window_size in [None, Some(7)] {
        let receive = ReceiveOptions { block_size: Some(8), window_size, ..patient() };
        let outcome = Link::new(&file, receive, Faults::none()).transfer(&generous());
        assert!(whole(&outcome) == file);
        assert_eq!(outcome.sent.blocks, 2 * 65_536 + 1);
        assert_eq!((outcome.sent.bytes, outcome.data_packets), (file.len() as u64, 2 * 65_536 + 1));
    }
}

#[test]
fn doubled_packets_are_not_doubled_again() {
    let file = file(50 * 512);
    let outcome = Link::new(&file, patient(), Faults::doubled()).transfer(&generous());
    assert_eq!(whole(&outcome), file);
    // only the doubled request is answered twice
    assert_eq!((outcome.data_packets, outcome.sent.retransmissions), (52, 1));
    assert_eq!(outcome.state, SendState::Complete);
}

#[test]
fn loss_of_the_first_block_of_a_window_costs_no_timeout() {
    let file = file(32 * 512);
    let receive = ReceiveOptions { block_size: Some(512), window_size: Some(8), ..patient() };
    // the option acknowledgement is the first packet, and block 1 the second
    let outcome = Link::new(&file, receive, Faults::losing(2)).transfer(&generous());
    assert_eq!(whole(&outcome), file);
    assert_eq!((outcome.sent.retransmissions, outcome.timeouts), (1, 0));
}

/// Numbers of blocks wrap around while packets are lost, doubled and reordered.
#[test]
fn block_number_wraps_around_over_a_lossy_link() {
    let file: Vec<u8> = (0..65_600 * 8 + 3).map(|at| (at / 8 * 7) as u8).collect();
    for (seed, window_size) in [(1, None), (2, Some(7)), (3, Some(64))] {
        let receive = ReceiveOptions { block_size: Some(8), window_size, ..patient() };
        let outcome = Link::new(&file, receive, Faults::any(seed)).transfer(&generous());
        assert!(whole(&outcome) == file, "window {window_size:?}");
        assert_eq!(outcome.sent.blocks, 65_601);
    }
}

/// Both sides have the limits of the product: the sender sends its first packet once for each
/// request, and a later one up to nine times if acknowledgements have paid for that; the receiver
/// sends a packet up to eight times. With five repetitions on both sides, 39 of 4,000 transfers of
/// 20 KB failed.
#[test]
fn transfers_complete_although_a_fifth_of_the_packets_is_lost() {
    let ours = ReceiveOptions::default();
    let clients = [
        ("RFC 1350, 2 KB", 2_048, ours.without_extensions()),
        ("RFC 1350, 20 KB", 20_480, ours.without_extensions()),
        ("a block size", 20_480, ReceiveOptions { window_size: None, ..ours.clone() }),
        ("windows", 60_000, ours.clone()),
        ("the largest windows", 60_000, ReceiveOptions { window_size: Some(16), ..ours.clone() }),
    ];
    let failures = |size: usize, receive: &ReceiveOptions| {
        let file = file(size);
        let failed = |seed: &u64| {
            let link = Link::new(&file, receive.clone(), Faults::loss(*seed, 20));
            link.transfer(&SendOptions::default()).received.is_err()
        };
        (1..=TRANSFERS).filter(failed).count()
    };
    for (name, size, receive) in clients {
        let failures = failures(size, &receive);
        assert!(failures <= MAX_FAILURES, "{name}: {failures} of {TRANSFERS} transfers failed");
    }
    // a client that repeats less often loses more of its first packets, whatever the server does
    let hasty = ReceiveOptions { retries: 4, ..ours.without_extensions() };
    assert!(failures(2_048, &hasty) > MAX_FAILURES);
}
