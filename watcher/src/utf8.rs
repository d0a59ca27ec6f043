//! Decodes a stream: UTF-8 and UTF-16, each with or without a byte order mark.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes of UTF-16 per read.
const BLOCK: usize = 1 << 16;

/// How many bytes at the beginning are examined to recognize UTF-16 without a mark.
const HEAD: usize = 4;

/// A stream in UTF-8 without its byte order mark. A stream that is not UTF-16 passes unchanged.
pub struct Utf8<R> {
    from: R,
    input: Input,
    /// Decoded bytes. Those before `at` have been returned.
    held: Vec<u8>,
    at: usize,
}

enum Input {
    /// Nothing has been read yet.
    Unknown,
    /// UTF-8, or any other encoding that passes unchanged.
    Plain,
    Utf16(Decoder),
    Ended,
}

impl<R: Read> Utf8<R> {
    /// Recognizes the encoding at the first read.
    #[must_use]
    pub fn new(from: R) -> Self {
        Self { from, input: Input::Unknown, held: Vec::new(), at: 0 }
    }

    /// Reads only as many bytes as the encoding requires, so that a line that a user types is not
    /// delayed.
    fn recognize(&mut self) -> io::Result<()> {
        let mut byte = [0];
        let (encoding, mark) = loop {
            if let Some(known) = encoding_of(&self.held) {
                break known;
            }
            if read(&mut self.from, &mut byte)? == 0 {
                break (UTF_8, 0);
            }
            self.held.push(byte[0]);
        };
        self.at = mark;
        self.input = Input::Plain;
        if encoding != UTF_8 {
            let mut decoder = encoding.new_decoder_without_bom_handling();
            self.held = decoded(&mut decoder, &self.held[mark..], false);
            self.at = 0;
            self.input = Input::Utf16(decoder);
        }
        Ok(())
    }

    /// Decodes blocks until one of them gives text or the stream ends.
    fn refill(&mut self) -> io::Result<()> {
        let mut block = Vec::new();
        while let Input::Utf16(decoder) = &mut self.input
            && self.at == self.held.len()
        {
            block.resize(BLOCK, 0);
            let count = read(&mut self.from, &mut block)?;
            self.held = decoded(decoder, &block[..count], count == 0);
            self.at = 0;
            if count == 0 {
                self.input = Input::Ended;
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.input, Input::Unknown) {
            self.recognize()?;
        }
        self.refill()?;
        if self.at == self.held.len() && matches!(self.input, Input::Plain) {
            return self.from.read(buffer);
        }
        let count = (&self.held[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

/// Reads, and tries again after an interruption by a signal.
fn read(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// Decodes the next bytes to UTF-8. Invalid UTF-16 becomes U+FFFD.
fn decoded(decoder: &mut Decoder, bytes: &[u8], is_last: bool) -> Vec<u8> {
    let length = decoder.max_utf8_buffer_length(bytes.len());
    let mut text = String::with_capacity(length.unwrap_or_default());
    let _ = decoder.decode_to_string(bytes, &mut text, is_last);
    text.into_bytes()
}

/// The encoding of a text that begins with `head`, and the length of its byte order mark; `None` if
/// more bytes are necessary. Numbers contain no NUL, so a NUL is half a character of UTF-16.
fn encoding_of(head: &[u8]) -> Option<(&'static Encoding, usize)> {
    if let Some(found) = Encoding::for_bom(head) {
        return Some(found);
    }
    if [&b"\xef\xbb"[..], b"\xff", b"\xfe"].iter().any(|mark| mark.starts_with(head)) {
        return None;
    }
    match head.iter().position(|byte| *byte == 0) {
        Some(at) if at % 2 == 0 => Some((UTF_16BE, 0)),
        Some(_) => Some((UTF_16LE, 0)),
        None if head.len() < HEAD && !head.contains(&b'\n') => None,
        None => Some((UTF_8, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "+1\u{2011}408 ٤\u{1f4de}\r\n911\n";

    /// A stream that returns at most this many bytes per read.
    struct Slow<'b>(&'b [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buffer.len());
            self.0.read(&mut buffer[..most])
        }
    }

    fn decoded(bytes: &[u8]) -> String {
        let texts = [1, 2, 3, 5, 1000].map(|most| {
            let mut text = String::new();
            Utf8::new(Slow(bytes, most)).read_to_string(&mut text).unwrap();
            text
        });
        assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        texts[0].clone()
    }

    fn utf16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_decodes_alike_from_every_encoding() {
        let marked = format!("\u{feff}{TEXT}");
        for text in [TEXT, &marked] {
            assert_eq!(decoded(text.as_bytes()), TEXT);
            assert_eq!(decoded(&utf16(text, u16::to_le_bytes)), TEXT);
            assert_eq!(decoded(&utf16(text, u16::to_be_bytes)), TEXT);
        }
        // a number that was copied from a page may begin with a direction mark
        let copied = format!("\u{202a}{TEXT}");
        assert_eq!(decoded(&utf16(&copied, u16::to_le_bytes)), copied);
        assert_eq!(decoded(&utf16(&copied, u16::to_be_bytes)), copied);
    }

    #[test]
    fn short_stream_passes_unchanged() {
        for text in ["", "9", "\n", "9\n", "91", "9\n1", "911", "9911\n"] {
            assert_eq!(decoded(text.as_bytes()), text);
        }
        assert_eq!(decoded(b"\xef\xbb\xbf"), "");
        assert_eq!(decoded(b"\xff\xfe"), "");
        assert_eq!(decoded(&utf16("9", u16::to_le_bytes)), "9");
    }

    #[test]
    fn incomplete_character_is_replaced() {
        assert_eq!(decoded(b"\xff\xfe9\0\x11"), "9\u{fffd}");
    }

    /// A user who types a line gets the result before typing the next one.
    #[test]
    fn typed_line_is_returned_immediately() {
        struct Typed(Vec<&'static [u8]>);
        impl Read for Typed {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let Some(line) = self.0.first_mut() else {
                    panic!("read beyond the line");
                };
                let read = line.read(buffer)?;
                if line.is_empty() {
                    self.0.remove(0);
                }
                Ok(read)
            }
        }
        for line in [&b"\n"[..], b"9\n", b"911\n"] {
            let mut stream = Utf8::new(Typed(vec![line]));
            let mut got = vec![0; line.len()];
            stream.read_exact(&mut got).unwrap();
            assert_eq!(got, line);
        }
    }
}
