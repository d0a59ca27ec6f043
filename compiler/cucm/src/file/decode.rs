//! Bytes of an exported file as text.

use adr_diagnostic::unmarked_utf16;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The text of a file, without byte order mark.
pub(super) struct Decoded {
    pub(super) text: String,
    /// Whether the encoding is a guess.
    pub(super) is_guessed: bool,
}

/// Decodes UTF-8 and UTF-16, with or without byte order mark, and everything else as Windows-1252,
/// which Excel writes in Western countries.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let unmarked = || Encoding::for_label(unmarked_utf16(bytes)?.as_bytes());
    let encoding = marked.or_else(unmarked).unwrap_or(UTF_8);
    let (text, _, has_errors) = encoding.decode(bytes);
    if has_errors && encoding == UTF_8 {
        let (text, _, _) = WINDOWS_1252.decode(bytes);
        return Decoded { text: text.into_owned(), is_guessed: true };
    }
    Decoded { text: text.into_owned(), is_guessed: has_errors }
}
