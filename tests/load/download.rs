//! One TFTP download of a client, without sockets and clock.

use super::Expected;

/// The block size without an option, see RFC 1350.
const BLOCK: usize = 512;

/// What the client does after a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Wait,
    /// Acknowledge this block.
    Acknowledge(u16),
    /// Acknowledge this block. The file is complete, and has the expected content with this number.
    Done(u16, usize),
    /// The download failed, for this reason.
    Failed(String),
}

/// A download whose request was sent.
#[derive(Clone, Debug)]
pub struct Download {
    expected: Expected,
    /// Bit `n` is set while all bytes so far equal those of content `n`.
    candidates: u32,
    block: usize,
    window: u64,
    /// The number of the next block, from 1, without wrapping.
    next: u64,
    in_window: u64,
    received: usize,
}

impl Download {
    /// A download that must give one of these contents.
    #[must_use]
    pub fn new(expected: &Expected) -> Self {
        let known = expected.len().min(32);
        Self {
            expected: expected.clone(),
            candidates: u32::try_from((1_u64 << known) - 1).unwrap_or(u32::MAX),
            block: BLOCK,
            window: 1,
            next: 1,
            in_window: 0,
            received: 0,
        }
    }

    /// A read request with these options.
    #[must_use]
    pub fn request(file: &str, options: &[(&str, u64)]) -> Vec<u8> {
        let mut packet = vec![0, 1];
        let mut word = |text: &str| {
            packet.extend_from_slice(text.as_bytes());
            packet.push(0);
        };
        word(file);
        word("octet");
        for (name, value) in options {
            word(name);
            word(&value.to_string());
        }
        packet
    }

    /// Whether a packet can be the first one of a transfer: block 1, an acknowledgement of options,
    /// or an error.
    #[must_use]
    pub fn is_first(packet: &[u8]) -> bool {
        matches!(packet, [0, 3, 0, 1, ..] | [0, 5 | 6, ..])
    }

    /// Processes a packet of the server.
    pub fn packet(&mut self, packet: &[u8]) -> Step {
        let [_, operation, high, low, data @ ..] = packet else {
            return Step::Failed("a packet of less than 4 bytes".to_owned());
        };
        match operation {
            3 => self.data(u16::from_be_bytes([*high, *low]), data),
            5 => Step::Failed(error(u16::from_be_bytes([*high, *low]), data)),
            6 => self.options(&packet[2..]),
            other => Step::Failed(format!("operation {other}")),
        }
    }

    /// The block to acknowledge again after a timeout; `None` before the first block.
    #[must_use]
    pub fn last_block(&self) -> Option<u16> {
        (self.next > 1).then(|| wrapped(self.next - 1))
    }

    fn data(&mut self, number: u16, data: &[u8]) -> Step {
        let behind = wrapped(self.next).wrapping_sub(number);
        if behind != 0 {
            // A repeated block is acknowledged only without windows. Otherwise both sides would
            // repeat every packet from then on.
            let is_last = behind == 1 && self.window == 1;
            return if is_last || behind > 0x8000 {
                self.last_block().map_or(Step::Wait, Step::Acknowledge)
            } else {
                Step::Wait
            };
        }
        if let Err(step) = self.compare(data) {
            return step;
        }
        self.next += 1;
        self.in_window += 1;
        if data.len() < self.block {
            return self.complete(number);
        }
        if self.in_window < self.window {
            return Step::Wait;
        }
        self.in_window = 0;
        Step::Acknowledge(number)
    }

    fn compare(&mut self, data: &[u8]) -> Result<(), Step> {
        let (from, to) = (self.received, self.received + data.len());
        for (at, content) in self.expected.iter().enumerate().take(32) {
            if content.get(from..to) != Some(data) {
                self.candidates &= !(1 << at);
            }
        }
        self.received = to;
        if self.candidates == 0 {
            return Err(Step::Failed("the bytes of no expected content".to_owned()));
        }
        Ok(())
    }

    fn complete(&self, number: u16) -> Step {
        let mut contents = self.expected.iter().enumerate().take(32);
        let whole = contents.find(|(at, content)| {
            self.candidates & (1 << at) != 0 && content.len() == self.received
        });
        match whole {
            Some((at, _)) => Step::Done(number, at),
            None => Step::Failed(format!("ends after {} bytes", self.received)),
        }
    }

    fn options(&mut self, options: &[u8]) -> Step {
        let mut words = options
            .split(|byte| *byte == 0)
            .map(|word| String::from_utf8_lossy(word).to_ascii_lowercase());
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            let Ok(value) = value.parse::<usize>() else {
                return Step::Failed(format!("the option {name} has the value {value}"));
            };
            match name.as_str() {
                "blksize" => self.block = value,
                "windowsize" => self.window = value.max(1) as u64,
                "tsize" if !self.expected.iter().any(|content| content.len() == value) => {
                    return Step::Failed(format!("a size of {value} bytes"));
                }
                _ => {}
            }
        }
        Step::Acknowledge(0)
    }
}

fn wrapped(block: u64) -> u16 {
    (block & 0xFFFF) as u16
}

fn error(code: u16, text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    format!("error {code}: {}", text.trim_end_matches('\0'))
}
