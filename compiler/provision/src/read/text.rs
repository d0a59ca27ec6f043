//! Bytes of a file as text.

use adr_diagnostic::{Report, Span, unmarked_utf16};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::finding::GUESSED_TEXT_ENCODING;

/// The text of a file, without byte order mark, and how it was encoded.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: &'static Encoding,
    /// Whether the file begins with a byte order mark.
    pub(super) is_marked: bool,
    /// Whether some bytes are not characters of the encoding.
    pub(super) has_errors: bool,
}

impl Decoded {
    /// Findings if the encoding is a guess that another program could make differently, or if bytes
    /// are damaged.
    pub(super) fn findings(&self, name: &str, place: Span) -> Report {
        let what = match self.encoding {
            encoding if self.has_errors => {
                format!("`{name}` has bytes that are not {}", encoding.name())
            }
            _ if self.is_marked => return Report::new(),
            encoding if encoding == UTF_16LE || encoding == UTF_16BE => {
                format!("`{name}` is {} without a byte order mark", encoding.name())
            }
            _ if self.text.is_ascii() => return Report::new(),
            encoding => format!("`{name}` has no byte order mark; adrc reads {}", encoding.name()),
        };
        let help = "compare the letters that are not ASCII; `reg export` writes UTF-16 with a mark";
        Report::from_iter([GUESSED_TEXT_ENCODING.found(what).at(place).with_help(help)])
    }
}

/// Decodes UTF-16 and UTF-8, with or without byte order mark, and everything else as Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let unmarked = || Encoding::for_label(unmarked_utf16(bytes)?.as_bytes());
    let encoding = marked.or_else(unmarked).unwrap_or(UTF_8);
    let (text, _, has_errors) = encoding.decode(bytes);
    let is_marked = marked.is_some();
    if has_errors && encoding == UTF_8 && !is_marked {
        let (text, _, _) = WINDOWS_1252.decode(bytes);
        let text = text.into_owned();
        return Decoded { text, encoding: WINDOWS_1252, is_marked, has_errors: false };
    }
    Decoded { text: text.into_owned(), encoding, is_marked, has_errors }
}
