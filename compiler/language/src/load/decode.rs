//! Decodes the bytes of a file as UTF-8 text.

use adr_diagnostic::{Finding, Report, SourceId, Sources, Span};

use crate::limits::FILE_BYTES;

pub(super) static NOT_UTF8: Finding =
    Finding::error("not-utf8", "a file is not UTF-8 text", include_str!("../pages/not-utf8.md"));

pub(super) static FILE_TOO_LARGE: Finding = Finding::error(
    "file-too-large",
    "a file is larger than adrc accepts",
    include_str!("../pages/file-too-large.md"),
);

/// Why the bytes of a file are not a rule source.
pub(super) enum DecodeError {
    TooLarge {
        bytes: u64,
    },
    /// UTF-16 without a byte order mark.
    Utf16,
    NotUtf8 {
        text: String,
        byte: Option<u8>,
        utf16: bool,
    },
}

pub(super) fn decode(bytes: Vec<u8>) -> Result<String, DecodeError> {
    let length = bytes.len() as u64;
    if length > FILE_BYTES {
        return Err(DecodeError::TooLarge { bytes: length });
    }
    let has_mark = has_utf16_mark(&bytes);
    if !has_mark && is_utf16(&bytes) {
        return Err(DecodeError::Utf16);
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let mut bytes = error.into_bytes();
        let byte = bytes.get(valid).copied();
        bytes.truncate(valid);
        let text = String::from_utf8(bytes).unwrap_or_default();
        DecodeError::NotUtf8 { text, byte, utf16: has_mark }
    })
}

/// Whether bytes are UTF-16: they begin with its byte order mark, or every other byte at the start
/// is NUL, as in Latin letters and digits. UTF-8 text contains no NUL.
pub(crate) fn is_utf16(bytes: &[u8]) -> bool {
    if has_utf16_mark(bytes) {
        return true;
    }
    let head = &bytes[..bytes.len().min(UTF16_HEAD)];
    let nuls = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let most = head.len() / 2 * 9 / 10;
    head.len() >= 4 && (even == 0 && odd > most || odd == 0 && even > most)
}

fn has_utf16_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

/// Number of bytes at the start of a file that decide whether it is UTF-16.
const UTF16_HEAD: usize = 64;

impl DecodeError {
    /// The part of the file that can be shown: the text before the first invalid byte.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::TooLarge { .. } | Self::Utf16 => "",
            Self::NotUtf8 { text, .. } => text,
        }
    }

    pub(super) fn report(&self, source: SourceId, sources: &Sources) -> Report {
        let name = sources.get(source).name();
        let end = u32::try_from(self.text().len()).unwrap_or(u32::MAX);
        let diagnostic = match self {
            Self::TooLarge { bytes } => FILE_TOO_LARGE
                .found(format!("`{name}` has {bytes} bytes; the limit is {FILE_BYTES}"))
                .with_help("split the file and include the parts"),
            Self::Utf16 => NOT_UTF8
                .found(format!("`{name}` is UTF-16 without a byte order mark"))
                .with_help("save the file as UTF-8"),
            Self::NotUtf8 { byte, utf16, .. } => {
                let byte = byte.unwrap_or_default();
                let message = format!("byte {end} of `{name}`, 0x{byte:02X}, is not UTF-8");
                NOT_UTF8.found(message).with_help(if *utf16 {
                    "the file is UTF-16; save it as UTF-8"
                } else {
                    "save the file as UTF-8"
                })
            }
        };
        [diagnostic.at(Span::new(source, end, end))].into_iter().collect()
    }
}
