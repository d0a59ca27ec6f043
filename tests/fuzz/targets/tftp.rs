//! Arbitrary packets, from the server and from another address: a parsed packet is written back
//! unchanged, and a transfer receives nothing wrong.
#![no_main]

use std::net::SocketAddr;

use adr_transfer::{Packet, ReceiveOptions, Receiving};
use libfuzzer_sys::fuzz_target;

/// A sequence of packets. A byte before each packet is its length; its highest bit means that the
/// packet comes from another address. A packet without bytes is a timeout.
fn packets(mut bytes: &[u8]) -> Vec<(bool, &[u8])> {
    let mut packets = Vec::new();
    while let [first, rest @ ..] = bytes {
        let (packet, rest) = rest.split_at(rest.len().min(usize::from(first & 0x7f)));
        packets.push((first & 0x80 != 0, packet));
        bytes = rest;
    }
    packets
}

fuzz_target!(|bytes: &[u8]| {
    let server: SocketAddr = ([192, 0, 2, 1], 69).into();
    let peer: SocketAddr = ([192, 0, 2, 1], 40_000).into();
    let other: SocketAddr = ([192, 0, 2, 2], 69).into();
    let options =
        ReceiveOptions { block_size: Some(16), max_bytes: 200, ..ReceiveOptions::default() };
    let mut receiving = Receiving::new(server, "file", options);
    let mut received = 0;
    for (is_foreign, packet) in packets(bytes) {
        if let Ok(parsed) = Packet::parse(packet) {
            assert_eq!(Packet::parse(&parsed.to_bytes()), Ok(parsed));
        }
        if packet.is_empty() {
            let Ok(reply) = receiving.time_out() else { return };
            assert!(reply.to == server || reply.to == peer);
            continue;
        }
        let from = if is_foreign { other } else { peer };
        let Ok(step) = receiving.packet(from, packet) else { return };
        assert!(!is_foreign || step.bytes.is_empty());
        if let Some(reply) = step.reply {
            assert_eq!(reply.to, from);
            assert!(Packet::parse(&reply.bytes).is_ok());
        }
        received += step.bytes.len() as u64;
        assert!(received <= 200 && received == receiving.received());
        if step.is_done {
            return;
        }
    }
});
