//! Standard input as programs export it: UTF-8 with a byte order mark, or UTF-16 with or without
//! one.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes of UTF-16 that are read at once.
const BLOCK: usize = 1 << 16;

/// Bytes at the beginning in which UTF-16 without a mark shows itself.
const HEAD: usize = 4;

/// A stream as UTF-8, without its byte order mark. What is not UTF-16 passes byte for byte.
pub(crate) struct Utf8<R> {
    from: R,
    input: Input,
    /// Bytes that are ready to be handed out, from `at` on.
    held: Vec<u8>,
    at: usize,
}

enum Input {
    /// Nothing was read so far.
    Unknown,
    /// UTF-8, or what else needs no decoder.
    Plain,
    Utf16(Decoder),
    Ended,
}

impl<R: Read> Utf8<R> {
    /// The encoding is recognized when the first byte is asked for.
    pub(crate) fn new(from: R) -> Self {
        Self { from, input: Input::Unknown, held: Vec::new(), at: 0 }
    }

    /// Reads as few bytes as tell the encoding: a person who types a line wants the result at once.
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

    /// Decodes the next block that gives something, if there is one.
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

/// Reads something; a signal is not an error.
fn read(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// The next bytes as UTF-8. What is not UTF-16 becomes U+FFFD.
fn decoded(decoder: &mut Decoder, bytes: &[u8], is_last: bool) -> Vec<u8> {
    let length = decoder.max_utf8_buffer_length(bytes.len());
    let mut text = String::with_capacity(length.unwrap_or_default());
    let _ = decoder.decode_to_string(bytes, &mut text, is_last);
    text.into_bytes()
}

/// The encoding of a text that begins like this, and the length of its byte order mark; `None` when
/// more bytes are needed to tell. A number has no NUL in it, so a NUL is half a character of
/// UTF-16.
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

    /// A stream that gives at most so many bytes at once.
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
    fn every_encoding_gives_the_same_text() {
        let marked = format!("\u{feff}{TEXT}");
        for text in [TEXT, &marked] {
            assert_eq!(decoded(text.as_bytes()), TEXT);
            assert_eq!(decoded(&utf16(text, u16::to_le_bytes)), TEXT);
            assert_eq!(decoded(&utf16(text, u16::to_be_bytes)), TEXT);
        }
        // a direction mark comes first where a page was copied
        let copied = format!("\u{202a}{TEXT}");
        assert_eq!(decoded(&utf16(&copied, u16::to_le_bytes)), copied);
        assert_eq!(decoded(&utf16(&copied, u16::to_be_bytes)), copied);
    }

    #[test]
    fn short_streams_pass() {
        for text in ["", "9", "\n", "9\n", "91", "9\n1", "911", "9911\n"] {
            assert_eq!(decoded(text.as_bytes()), text);
        }
        assert_eq!(decoded(b"\xef\xbb\xbf"), "");
        assert_eq!(decoded(b"\xff\xfe"), "");
        assert_eq!(decoded(&utf16("9", u16::to_le_bytes)), "9");
    }

    #[test]
    fn half_a_character_is_replaced() {
        assert_eq!(decoded(b"\xff\xfe9\0\x11"), "9\u{fffd}");
    }

    /// A line that is typed is answered before the next one comes.
    #[test]
    fn short_line_is_handed_out_at_once() {
        struct Typed(Vec<&'static [u8]>);
        impl Read for Typed {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let Some(line) = self.0.first_mut() else {
                    panic!("it waits for more");
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
