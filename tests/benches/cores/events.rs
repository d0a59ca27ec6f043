//! Parses a stream of events: generations, and the files in their events.

use std::io::Error;

use adr_protocol::{Announcement, EVENT_BYTES};

/// The incomplete event at the end of a stream.
#[derive(Default)]
pub(crate) struct EventParser {
    rest: Vec<u8>,
}

/// The text of the newest complete event.
pub(crate) struct Event<'s> {
    pub(crate) generation: u64,
    event: &'s [u8],
}

impl Event<'_> {
    /// The fields of the event.
    pub(crate) fn announcement(&self) -> Result<Announcement, Error> {
        let data = position(self.event, b"data: ").map(|at| &self.event[at + 6..]);
        let data = data.ok_or_else(|| Error::other("an event without data"))?;
        serde_json::from_slice(data).map_err(Error::other)
    }
}

impl EventParser {
    /// Adds received bytes, and passes the newest complete event in them to `process`.
    pub(crate) fn feed<T>(
        &mut self,
        bytes: &[u8],
        process: impl FnOnce(Event<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.rest.is_empty() {
            let (newest, end) = newest(bytes);
            self.rest.extend_from_slice(&bytes[end..]);
            return newest.map(process).transpose();
        }
        self.rest.extend_from_slice(bytes);
        let (newest, end) = newest(&self.rest);
        let result = newest.map(process).transpose()?;
        self.rest.drain(..end);
        if self.rest.is_empty() {
            // ten thousand small buffers take a lot of memory
            self.rest = Vec::new();
        }
        let is_stream = self.rest.len() < EVENT_BYTES;
        is_stream.then_some(result).ok_or_else(|| Error::other("this is not a stream of events"))
    }
}

/// The newest event, and the offset after the last complete one. Between events, a chunk ends and
/// the size of the next one follows.
fn newest(bytes: &[u8]) -> (Option<Event<'_>>, usize) {
    let (mut newest, mut at): (Option<Event<'_>>, usize) = (None, 0);
    while let Some(length) = position(&bytes[at..], b"\n\n") {
        let event = &bytes[at..at + length];
        if let Some(generation) = generation(event)
            && newest.as_ref().is_none_or(|newest| newest.generation < generation)
        {
            newest = Some(Event { generation, event });
        }
        at += length + 2;
        if bytes[at..].starts_with(b"\r\n") {
            at += 2;
        }
    }
    (newest, at)
}

fn generation(event: &[u8]) -> Option<u64> {
    let begin = position(event, b"id: ")? + 4;
    let digits = event[begin..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
