//! Turns the bytes of a file into the text that a client's parser reads.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// A file after the preparation that clients make before they parse it.
#[derive(Debug)]
pub(super) struct Prepared<'f> {
    /// The decoded text, without a byte order mark.
    pub(super) text: Cow<'f, str>,
    /// Offset of the text's first byte in the file; exact while the text is borrowed.
    pub(super) offset: usize,
}

/// Why a file has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextError {
    /// No bytes at all, or a NUL at the very start.
    Empty,
    /// White space alone.
    Blank,
    /// The byte at this offset does not belong to the encoding.
    NotEncoded(usize),
    /// The encoding that the declaration names is unknown or cannot be right.
    Encoding,
}

/// Cuts at the first NUL, trims space, TAB, LF and CR, skips a byte order mark, and decodes.
///
/// The real client does this before it parses, as the recordings in `tests/corpus/client` show.
pub(super) fn prepare(file: &[u8]) -> Result<Prepared<'_>, TextError> {
    let before_nul = memchr::memchr(0, file).map_or(file, |at| &file[..at]);
    if before_nul.is_empty() {
        return Err(TextError::Empty);
    }
    let start = before_nul.iter().position(|byte| !is_blank(byte)).ok_or(TextError::Blank)?;
    let end = before_nul.iter().rposition(|byte| !is_blank(byte)).map_or(start, |at| at + 1);
    let marked = &before_nul[start..end];
    let bytes = marked.strip_prefix(b"\xef\xbb\xbf").unwrap_or(marked);
    let offset = start + marked.len() - bytes.len();
    let text = decode(bytes).map_err(|error| match error {
        TextError::NotEncoded(at) => TextError::NotEncoded(at + offset),
        other => other,
    })?;
    Ok(Prepared { text, offset })
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, TextError> {
    let declared = declared_encoding(bytes).unwrap_or_default();
    let decoded = match family(&declared) {
        Some(Family::Utf8) => {
            std::str::from_utf8(bytes).map_or_else(|error| Err(error.valid_up_to()), Ok)
        }
        Some(Family::Ascii | Family::OneByte) => ascii(bytes),
        Some(Family::Latin1) => {
            let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            return Ok(text.into());
        }
        None => return Err(TextError::Encoding),
    };
    // a converter may replace an invalid byte, or stop at it; libxml2 decodes UTF-8 itself
    let is_built_in = ["", "utf-8", "utf8"].iter().any(|name| declared.eq_ignore_ascii_case(name));
    decoded.map(Cow::Borrowed).map_err(|at| match is_built_in {
        true => TextError::NotEncoded(at),
        false => TextError::Encoding,
    })
}

fn ascii(bytes: &[u8]) -> Result<&str, usize> {
    let end = bytes.iter().take_while(|byte| byte.is_ascii()).count();
    match std::str::from_utf8(bytes) {
        Ok(text) if end == bytes.len() => Ok(text),
        _ => Err(end),
    }
}

/// Encodings that clients read alike.
enum Family {
    Utf8,
    Ascii,
    Latin1,
    /// ASCII, and above it characters on which converters do not agree.
    OneByte,
}

/// The family of a declared encoding. Converters ignore everything but letters and digits in its
/// name.
fn family(declared: &str) -> Option<Family> {
    let letters = declared.bytes().filter(u8::is_ascii_alphanumeric);
    let name: String = letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    match name.as_str() {
        "" if declared.is_empty() => Some(Family::Utf8),
        "utf8" => Some(Family::Utf8),
        "usascii" | "ascii" => Some(Family::Ascii),
        "iso88591" | "latin1" => Some(Family::Latin1),
        name => is_one_byte(name, declared).then_some(Family::OneByte),
    }
}

fn is_one_byte(name: &str, declared: &str) -> bool {
    let is_number = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    let is_known = ["iso8859", "windows125", "cp125"]
        .iter()
        .any(|start| name.strip_prefix(start).is_some_and(is_number));
    is_known && Encoding::for_label(declared.as_bytes()).is_some()
}

/// The name between the quotes of `encoding="…"` in a declaration at the start.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    // `<?xmlx` is an instruction
    let declaration = bytes.strip_prefix(b"<?xml")?;
    declaration.first().filter(|byte| is_blank(byte))?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let text = std::str::from_utf8(&declaration[..end]).ok()?;
    let value = text.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_owned)
}

/// Whether XML 1.0 allows a character.
pub(super) fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Bytes that are checked together.
const BLOCK: usize = 4_096;

/// The offset of the first byte that belongs to a character that XML 1.0 forbids.
pub(super) fn forbidden_character(text: &str) -> Option<usize> {
    let is_suspicious =
        |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0xef;
    // a block at a time, without a branch for each byte
    let has_suspicious =
        |block: &[u8]| block.iter().fold(false, |any, byte| any | is_suspicious(*byte));
    if !text.as_bytes().chunks(BLOCK).any(has_suspicious) {
        return None;
    }
    text.char_indices().find(|(_, c)| !is_allowed(*c)).map(|(at, _)| at)
}
