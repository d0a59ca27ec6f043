//! Server-sent events, read as they arrive; no socket here.

/// Longest event that is held, in bytes; what is longer is passed over.
pub const EVENT_LIMIT: usize = adr_protocol::EVENT_BYTES;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its kind; `message` where the server says none.
    pub kind: String,
    /// Its data; lines are joined by LF.
    pub data: String,
}

/// Reads a stream in pieces of any size.
///
/// An event counts when its empty line has come; one that the end of the stream cut off is
/// forgotten.
///
/// ```
/// use adr_client::events::Reader;
///
/// let mut reader = Reader::default();
/// assert!(reader.feed(b"event: state\ndata: {}\n").is_empty());
/// assert_eq!(reader.feed(b"\n")[0].kind, "state");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    after_return: bool,
    event: Event,
    has_data: bool,
    held: usize,
    retry: Option<u64>,
}

impl Reader {
    /// Takes the next bytes; gives the events that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            let was_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if was_return => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ => self.push(*byte),
            }
        }
        events
    }

    /// Milliseconds that the server wants to be left alone for after an end; `None` until it says
    /// so.
    #[must_use]
    pub fn retry(&self) -> Option<u64> {
        self.retry
    }

    fn push(&mut self, byte: u8) {
        self.held += 1;
        if self.held <= EVENT_LIMIT {
            self.line.push(byte);
        }
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.end_event();
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.kind),
            "data" => self.add_data(value),
            "retry" => self.retry = value.parse().ok().or(self.retry),
            _ => {}
        }
        None
    }

    fn add_data(&mut self, value: &str) {
        if std::mem::replace(&mut self.has_data, true) {
            self.event.data.push('\n');
        }
        self.event.data.push_str(value);
    }

    fn end_event(&mut self) -> Option<Event> {
        let mut event = std::mem::take(&mut self.event);
        let is_whole = std::mem::take(&mut self.held) <= EVENT_LIMIT;
        let has_data = std::mem::take(&mut self.has_data);
        if event.kind.is_empty() {
            event.kind.push_str("message");
        }
        (has_data && is_whole).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &[u8] = b"retry: 5000\nid: 7\nevent: state\ndata: {\"generation\":7}\n\n:\n\nevent: other\r\ndata\r\ndata: b\r\n\r\ndata: cut";

    fn expected() -> Vec<Event> {
        let event = |kind: &str, data: &str| Event { kind: kind.into(), data: data.into() };
        vec![event("state", "{\"generation\":7}"), event("other", "\nb")]
    }

    #[test]
    fn events_comments_and_line_ends() {
        let mut reader = Reader::default();
        assert_eq!(reader.feed(STREAM), expected());
        assert_eq!(reader.retry(), Some(5000));
    }

    #[test]
    fn an_endless_line_is_not_held() {
        let mut reader = Reader::default();
        for _ in 0..100 {
            assert!(reader.feed(&[b'x'; 10_000]).is_empty());
        }
        assert!(reader.line.len() <= EVENT_LIMIT);
        assert!(reader.feed(b"\ndata: y\n\n").is_empty());
        assert_eq!(reader.feed(b"data: z\n\n").len(), 1);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(cuts in prop::collection::vec(0..STREAM.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let mut reader = Reader::default();
            let pieces = cuts.windows(2).map(|pair| &STREAM[pair[0]..pair[1]]);
            let events: Vec<_> = pieces.flat_map(|piece| reader.feed(piece)).collect();
            prop_assert_eq!(events, expected());
        }

        #[test]
        fn anything_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            Reader::default().feed(&bytes);
        }
    }
}
