//! Text in UTF-8 or UTF-16, line by line.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{LineSink, MAX_LINE_BYTES};

/// Bytes that are decoded at once.
const CHUNK: usize = 64 * 1024;

/// Reads the lines of a text. Bytes that are not text of its encoding become `U+FFFD`.
///
/// # Errors
///
/// The reader fails, after the lines before. Or `beginning`, the first bytes, is not text.
pub(super) fn read_lines(
    beginning: &[u8],
    file: &mut dyn Read,
    sink: &mut dyn LineSink,
) -> io::Result<()> {
    let encoding = recognize(beginning).ok_or_else(|| io::Error::other("this is not text"))?;
    let mut lines = Lines { decoder: encoding.new_decoder(), ..Lines::default() };
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => {
                lines.decode(&[], true, sink);
                lines.finish(sink);
                return Ok(());
            }
            Ok(count) => lines.decode(&chunk[..count], false, sink),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                lines.finish(sink);
                return Err(error);
            }
        }
    }
}

/// The encoding of a text that begins like this; `None` if it is not text.
fn recognize(beginning: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(beginning) {
        return Some(encoding);
    }
    let nul = |first: usize| {
        let bytes = beginning.iter().skip(first).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (even, odd) = (nul(0), nul(1));
    let pairs = beginning.len() / 2;
    if even + odd > 0 {
        let is_text = |signs: usize, letters: usize| signs * 8 >= pairs * 5 && letters * 8 <= pairs;
        return match (is_text(even, odd), is_text(odd, even)) {
            (false, true) => Some(UTF_16LE),
            (true, false) => Some(UTF_16BE),
            _ => None,
        };
    }
    let is_sign = |byte: &&u8| matches!(byte, 1..=8 | 14..=26 | 28..=31);
    let signs = beginning.iter().filter(is_sign).count();
    (signs * 10 <= beginning.len()).then_some(UTF_8)
}

/// Decodes text, and keeps the beginning of a line until its end comes.
struct Lines {
    decoder: Decoder,
    text: String,
    /// The beginning of a line.
    line: String,
    /// Whether the line is longer than the limit.
    is_cut: bool,
}

impl Default for Lines {
    fn default() -> Self {
        let (text, line) = (String::with_capacity(CHUNK), String::new());
        Self { decoder: UTF_8.new_decoder(), text, line, is_cut: false }
    }
}

impl Lines {
    fn decode(&mut self, mut bytes: &[u8], is_last: bool, sink: &mut dyn LineSink) {
        loop {
            let mut text = std::mem::take(&mut self.text);
            text.clear();
            let (result, read, _) = self.decoder.decode_to_string(bytes, &mut text, is_last);
            bytes = &bytes[read..];
            self.split(&text, sink);
            self.text = text;
            if result == encoding_rs::CoderResult::InputEmpty {
                return;
            }
        }
    }

    fn split(&mut self, text: &str, sink: &mut dyn LineSink) {
        let mut pieces = text.split('\n');
        let last = pieces.next_back().unwrap_or_default();
        for piece in pieces {
            if self.line.is_empty() && !self.is_cut && piece.len() <= MAX_LINE_BYTES {
                sink.line(piece.trim_end_matches('\r'));
                continue;
            }
            self.keep(piece);
            sink.line(self.line.trim_end_matches('\r'));
            self.line.clear();
            self.is_cut = false;
        }
        self.keep(last);
    }

    /// Keeps a piece of a line, up to the limit.
    fn keep(&mut self, piece: &str) {
        let room = MAX_LINE_BYTES - self.line.len();
        if piece.len() <= room && !self.is_cut {
            self.line.push_str(piece);
        } else if !self.is_cut {
            let end = (0..=room).rev().find(|end| piece.is_char_boundary(*end)).unwrap_or(0);
            self.line.push_str(&piece[..end]);
            self.is_cut = true;
        }
    }

    /// The last line, if it has no line end.
    fn finish(&mut self, sink: &mut dyn LineSink) {
        if !self.line.is_empty() {
            sink.line(self.line.trim_end_matches('\r'));
            self.line.clear();
        }
    }
}
