//! Arbitrary packets, timeouts and pieces of a file for a sender: it sends only blocks of the file,
//! and never more than a window for an acknowledgement, a timeout or a repeated request.
#![no_main]

use std::time::{Duration, Instant};

use adr_transfer::{Content, Packet, SendOptions, SendState, Sending};
use libfuzzer_sys::fuzz_target;

/// Bytes of the file.
const SIZE: usize = 300;

/// A sequence of events. A byte before each is its kind in the upper two bits: a packet, a timeout,
/// a repeated request or a piece of the file; the others are the length of a packet or piece.
fn events(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut events = Vec::new();
    while let [first, rest @ ..] = bytes {
        let (packet, rest) = rest.split_at(rest.len().min(usize::from(first & 0x3f)));
        events.push((first >> 6, packet));
        bytes = rest;
    }
    events
}

/// Sends what is due, compares it with the file, and returns the number of packets.
fn write(sending: &mut Sending, file: Option<&[u8]>) -> u64 {
    let (mut packets, mut count) = (Vec::new(), 0);
    while let Some(length) = sending.write(3, &mut packets) {
        for packet in packets.chunks(length) {
            count += 1;
            match Packet::parse(packet) {
                Ok(Packet::Data { block, bytes }) => {
                    let Some(file) = file else { continue };
                    let block_size = length - 4;
                    let from = (usize::from(block) - 1) * block_size;
                    let to = file.len().min(from + block_size);
                    assert_eq!(bytes, &file[from..to]);
                }
                Ok(Packet::OptionAck(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    count
}

fuzz_target!(|bytes: &[u8]| {
    let Some((head, rest)) = bytes.split_at_checked(1) else { return };
    let (in_pieces, netascii) = (head[0] & 1 == 1, head[0] & 2 == 2);
    let request: &[u8] = match (netascii, head[0] & 4 == 4) {
        (false, false) => b"\0\x01file\0octet\0blksize\08\0windowsize\04\0tsize\00\0",
        (false, true) => b"\0\x01file\0octet\0",
        (true, false) => b"\0\x01file\0netascii\0blksize\08\0windowsize\04\0tsize\00\0",
        (true, true) => b"\0\x01file\0netascii\0",
    };
    let Ok(Packet::Read(request)) = Packet::parse(request) else { unreachable!() };
    let window = u64::from(request.options.window_size.unwrap_or(1));
    let file: Vec<u8> = (0..SIZE).map(|at| at as u8).collect();
    let content = if in_pieces {
        Content::pieces(None)
    } else {
        Content::whole(file.clone().into())
    };
    let file = (!in_pieces && !netascii).then_some(&file[..]);
    let (mut now, options) = (Instant::now(), SendOptions::default());
    let mut sending = Sending::new(&request, content, &options, now);
    assert!(write(&mut sending, file) <= 1);
    for (kind, packet) in events(rest) {
        let blocks = sending.sent().blocks;
        let state = match (kind, sending.deadline()) {
            (0, _) => {
                now += Duration::from_millis(1);
                sending.packet(packet, now)
            }
            (1, Some(deadline)) => {
                now = deadline.max(now);
                sending.time_out(now)
            }
            (2, _) => {
                sending.repeat_first(now);
                SendState::InProgress
            }
            _ => {
                if sending.wants_more() {
                    sending.feed(packet, now);
                }
                SendState::InProgress
            }
        };
        if state != SendState::InProgress {
            return;
        }
        assert!(write(&mut sending, file) <= window);
        assert!(sending.sent().blocks <= blocks + window);
        assert!(sending.is_acknowledged() || sending.sent().blocks <= 1);
    }
});
