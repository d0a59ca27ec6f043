//! Bytes of an exported file as text.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text of a file, without byte order mark.
pub(super) struct Decoded {
    pub(super) text: String,
    /// Whether the encoding is a guess.
    pub(super) is_guessed: bool,
}

/// Bytes at the start of a file that decide whether it is UTF-16 without a byte order mark.
const HEAD_BYTES: usize = 64;

/// Decodes UTF-8 and UTF-16, with or without byte order mark, and everything else as Windows-1252,
/// which Excel writes in Western countries.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = marked.or_else(|| utf16(bytes)).unwrap_or(UTF_8);
    let (text, _, has_errors) = encoding.decode(bytes);
    if has_errors && encoding == UTF_8 {
        let (text, _, _) = WINDOWS_1252.decode(bytes);
        return Decoded { text: text.into_owned(), is_guessed: true };
    }
    Decoded { text: text.into_owned(), is_guessed: has_errors }
}

/// The byte order of UTF-16 without a mark: nearly every other byte of Latin text is NUL.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let nuls = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let most = (head.len() / 2 * 9 / 10).max(2);
    match (nuls(0), nuls(1)) {
        (0, odd) if odd >= most => Some(UTF_16LE),
        (even, 0) if even >= most => Some(UTF_16BE),
        _ => None,
    }
}
