//! A TFTP client that sends and receives single packets.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use crate::wait::ANSWER_TIMEOUT;

/// A client's socket on loopback.
#[derive(Debug)]
pub struct Client {
    /// The socket, for packets that are not TFTP.
    pub socket: UdpSocket,
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// A client at a free port of 127.0.0.1.
    #[must_use]
    pub fn new() -> Self {
        Self::at("127.0.0.1")
    }

    /// A client at a free port of this IP address.
    #[must_use]
    pub fn at(address: &str) -> Self {
        let socket = UdpSocket::bind(format!("{address}:0")).unwrap();
        socket.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
        Self { socket }
    }

    /// Sends a packet.
    pub fn send(&self, packet: &[u8], to: SocketAddr) {
        self.socket.send_to(packet, to).unwrap();
    }

    /// The next packet and its sender, or `None` after `time` without one.
    pub fn receive_within(&self, time: Duration) -> Option<(Vec<u8>, SocketAddr)> {
        self.socket.set_read_timeout(Some(time)).unwrap();
        let mut buffer = vec![0; 70_000];
        let (count, from) = self.socket.recv_from(&mut buffer).ok()?;
        buffer.truncate(count);
        Some((buffer, from))
    }

    /// The next packet and its sender.
    pub fn receive(&self) -> (Vec<u8>, SocketAddr) {
        self.receive_within(ANSWER_TIMEOUT)
            .unwrap_or_else(|| panic!("no packet within {ANSWER_TIMEOUT:?}"))
    }

    /// Reads a whole file without options.
    ///
    /// # Errors
    ///
    /// The error packet of the server, as [`describe`] writes it.
    pub fn fetch(&self, name: &str, server: SocketAddr) -> Result<Vec<u8>, String> {
        self.send(&read_request(name, &[]), server);
        let mut file = Vec::new();
        let mut next = 1u16;
        loop {
            let (packet, from) = self.receive();
            match packet[..2] {
                [0, 3] if packet[2..4] == next.to_be_bytes() => {
                    file.extend(&packet[4..]);
                    self.send(&[0, 4, packet[2], packet[3]], from);
                    if packet.len() < 516 {
                        return Ok(file);
                    }
                    next = next.wrapping_add(1);
                }
                [0, 3] => {}
                _ => return Err(describe(&packet)),
            }
        }
    }
}

/// A read request in octet mode.
#[must_use]
pub fn read_request(name: &str, options: &[(&str, &str)]) -> Vec<u8> {
    let mut packet = [b"\0\x01", name.as_bytes(), b"\0octet\0"].concat();
    for (name, value) in options {
        packet.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
    }
    packet
}

/// A packet as text: `data 1 (512)`, `error 1 File not found`, `oack blksize=1428`.
#[must_use]
pub fn describe(packet: &[u8]) -> String {
    let number = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
    let texts = |from: usize| {
        let texts = packet[from..].split(|byte| *byte == 0).filter(|text| !text.is_empty());
        texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect::<Vec<_>>()
    };
    match number(0) {
        3 => format!("data {} ({})", number(2), packet.len() - 4),
        5 => format!("error {} {}", number(2), texts(4).join(" ")),
        6 => {
            let pairs: Vec<_> = texts(2).chunks(2).map(|pair| pair.join("=")).collect();
            format!("oack {}", pairs.join(" "))
        }
        other => format!("opcode {other}"),
    }
}
