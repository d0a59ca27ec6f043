//! What comes on a stream of events: the generations that are told.

use std::io::Error;

/// Bytes that no answer's head and no event of a server has.
const MOST: usize = 16 << 10;

/// The part of a stream that no whole event has ended yet.
#[derive(Default)]
pub(crate) struct Hearing {
    rest: Vec<u8>,
}

impl Hearing {
    /// Takes what has come, and gives the newest generation that a whole event in it tells.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Option<u64>, Error> {
        if self.rest.is_empty() && bytes.len() < MOST {
            let (newest, end) = newest(bytes);
            self.rest.extend_from_slice(&bytes[end..]);
            return Ok(newest);
        }
        self.rest.extend_from_slice(bytes);
        let (newest, end) = newest(&self.rest);
        self.rest.drain(..end);
        if self.rest.is_empty() {
            // ten thousand small rooms are a lot of memory
            self.rest = Vec::new();
        }
        let is_stream = self.rest.len() < MOST;
        is_stream
            .then_some(newest)
            .ok_or_else(|| Error::other("this is no stream of events"))
    }
}

/// The newest generation, and where the last whole event ends. Between events there is a chunk's end and the size of the next.
fn newest(bytes: &[u8]) -> (Option<u64>, usize) {
    let (mut newest, mut at) = (None, 0);
    while let Some(length) = position(&bytes[at..], b"\n\n") {
        let event = &bytes[at..at + length];
        newest = newest.max(generation(event));
        at += length + 2;
        if bytes[at..].starts_with(b"\r\n") {
            at += 2;
        }
    }
    (newest, at)
}

fn generation(event: &[u8]) -> Option<u64> {
    let begin = position(event, b"id: ")? + 4;
    let digits = event[begin..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
