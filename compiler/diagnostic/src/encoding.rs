//! How a text without a byte order mark is encoded.

/// Bytes at the start of a text that decide whether it is UTF-16.
const HEAD_BYTES: usize = 64;

/// `UTF-16LE` or `UTF-16BE` if a text without a byte order mark seems to be in that encoding:
/// nearly every other one of its first 64 bytes is NUL, as in Latin text. `None` for every other
/// encoding. The names are those of the Encoding Standard.
///
/// ```
/// use adr_diagnostic::unmarked_utf16;
///
/// assert_eq!(unmarked_utf16(b"p\0l\0a\0n\0"), Some("UTF-16LE"));
/// assert_eq!(unmarked_utf16(b"\0p\0l\0a\0n"), Some("UTF-16BE"));
/// assert_eq!(unmarked_utf16(b"plan"), None);
/// ```
#[must_use]
pub fn unmarked_utf16(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let nuls = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let most = (head.len() / 2 * 9 / 10).max(2);
    match (nuls(0), nuls(1)) {
        (0, odd) if odd >= most => Some("UTF-16LE"),
        (even, 0) if even >= most => Some("UTF-16BE"),
        _ => None,
    }
}
