//! A parser of server-sent events that takes a stream in pieces; it opens no socket.

/// Longest event in bytes; the parser skips a longer one.
pub const MAX_EVENT_BYTES: usize = adr_protocol::EVENT_BYTES;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The event type; `message` where the server sends none.
    pub kind: String,
    /// The data; its lines are joined by LF.
    pub data: String,
}

/// Parses a stream of events in pieces of any size.
///
/// An event is complete with its empty line. An event that the end of the stream cuts off is
/// dropped.
///
/// ```
/// use adr_client::events::EventParser;
///
/// let mut parser = EventParser::default();
/// assert!(parser.feed(b"event: state\ndata: {}\n").is_empty());
/// assert_eq!(parser.feed(b"\n")[0].kind, "state");
/// ```
#[derive(Clone, Debug)]
pub struct EventParser {
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// How many bytes of a byte order mark were skipped; `None` behind the beginning of the stream.
    mark: Option<usize>,
    /// Whether the last byte was CR, so that an LF after it belongs to the same line end.
    after_return: bool,
    /// The event that has not ended yet.
    event: Event,
    /// Whether that event has a data line.
    has_data: bool,
    /// Bytes of that event without line ends, whether they were kept or not.
    event_bytes: usize,
    /// The last reconnection time that the server sent, in milliseconds.
    retry: Option<u64>,
}

/// A byte order mark in UTF-8, which may begin a stream.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Default for EventParser {
    fn default() -> Self {
        Self {
            line: Vec::new(),
            mark: Some(0),
            after_return: false,
            event: Event::default(),
            has_data: false,
            event_bytes: 0,
            retry: None,
        }
    }
}

impl EventParser {
    /// Parses the next bytes; returns the events that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            if self.is_mark(*byte) {
                continue;
            }
            let was_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if was_return => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ => self.push(*byte),
            }
        }
        events
    }

    /// The reconnection time that the server asked for, in milliseconds; `None` if it did not.
    #[must_use]
    pub fn retry(&self) -> Option<u64> {
        self.retry
    }

    /// Whether a byte continues the byte order mark at the beginning of the stream. An incomplete
    /// one is not text, and is skipped as well.
    fn is_mark(&mut self, byte: u8) -> bool {
        let Some(skipped) = self.mark else { return false };
        let continues = BYTE_ORDER_MARK.get(skipped) == Some(&byte);
        self.mark = continues.then_some(skipped + 1);
        continues
    }

    fn push(&mut self, byte: u8) {
        self.event_bytes += 1;
        if self.event_bytes <= MAX_EVENT_BYTES {
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
        let is_complete = std::mem::take(&mut self.event_bytes) <= MAX_EVENT_BYTES;
        let has_data = std::mem::take(&mut self.has_data);
        if event.kind.is_empty() {
            event.kind.push_str("message");
        }
        (has_data && is_complete).then_some(event)
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
    fn stream_yields_its_complete_events() {
        let mut parser = EventParser::default();
        assert_eq!(parser.feed(STREAM), expected());
        assert_eq!(parser.retry(), Some(5000));
    }

    #[test]
    fn byte_order_mark_is_skipped_at_the_beginning_only() {
        let marked = ["\u{feff}".as_bytes(), STREAM].concat();
        let mut parser = EventParser::default();
        let events: Vec<_> = marked.iter().flat_map(|byte| parser.feed(&[*byte])).collect();
        assert_eq!(events, expected());
        let mut parser = EventParser::default();
        assert!(parser.feed(":\n\u{feff}data: x\n\n".as_bytes()).is_empty());
    }

    #[test]
    fn endless_line_uses_bounded_memory() {
        let mut parser = EventParser::default();
        for _ in 0..100 {
            assert!(parser.feed(&[b'x'; 10_000]).is_empty());
        }
        assert!(parser.line.len() <= MAX_EVENT_BYTES);
        assert!(parser.feed(b"\ndata: y\n\n").is_empty());
        assert_eq!(parser.feed(b"data: z\n\n").len(), 1);
    }

    proptest! {
        #[test]
        fn any_cuts_yield_the_same_events(cuts in prop::collection::vec(0..STREAM.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let mut parser = EventParser::default();
            let pieces = cuts.windows(2).map(|pair| &STREAM[pair[0]..pair[1]]);
            let events: Vec<_> = pieces.flat_map(|piece| parser.feed(piece)).collect();
            prop_assert_eq!(events, expected());
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            EventParser::default().feed(&bytes);
        }
    }
}
