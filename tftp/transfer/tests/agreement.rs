//! Sender and receiver agree over a link that loses, doubles and delays packets.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking; the clock is read once, as the origin of simulated times"
)]

#[path = "agreement/link.rs"]
mod link;

use adr_transfer::{Mode, ReceiveError, ReceiveOptions, SendOptions, SendState};
use proptest::prelude::*;

use link::{Faults, Link, Outcome};

/// Options without negotiation, of a receiver that does not give up.
fn patient() -> ReceiveOptions {
    ReceiveOptions { retries: 1_000, ..ReceiveOptions::default().without_extensions() }
}

/// Limits that grant any window, of a sender that does not give up.
fn generous() -> SendOptions {
    SendOptions { max_window_size: 64, retries: 1_000, ..SendOptions::default() }
}

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

#[test]
fn transfers_complete_although_a_fifth_of_the_packets_is_lost() {
    let file = file(2_048);
    let receive = ReceiveOptions { retries: 9, ..patient() };
    let failed = |seed: &u64| {
        let faults = Faults::loss(*seed, 20);
        let outcome = Link::new(&file, receive.clone(), faults).transfer(&SendOptions::default());
        outcome.received.is_err()
    };
    let failures = (1..=4_000).filter(failed).count();
    assert!(failures <= 4, "{failures} of 4,000 transfers failed");
}
