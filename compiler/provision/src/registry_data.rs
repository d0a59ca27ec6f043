//! Types and contents of values in the Windows registry.

use std::fmt;

use adr_diagnostic::visible;

const REG_NONE: u32 = 0;
const REG_SZ: u32 = 1;
const REG_EXPAND_SZ: u32 = 2;
const REG_BINARY: u32 = 3;
const REG_DWORD: u32 = 4;
const REG_DWORD_BIG_ENDIAN: u32 = 5;
const REG_LINK: u32 = 6;
const REG_MULTI_SZ: u32 = 7;
const REG_QWORD: u32 = 11;

/// Bytes of a value that [`RegistryData`] shows.
const SHOWN_BYTES: usize = 16;

/// The type and the content of a registry value.
///
/// ```
/// use adr_provision::RegistryData;
///
/// let data = RegistryData::of_bytes(1, b"h\0q\0\0\0");
/// assert_eq!(data, RegistryData::Text("hq".to_owned()));
/// assert_eq!(RegistryData::of_bytes(4, &[3, 0, 0, 0]).type_name(), "REG_DWORD");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryData {
    /// `REG_SZ`: the type that clients are known to read.
    Text(String),
    /// `REG_EXPAND_SZ`: a text in which `%NAME%` stands for a variable of the environment.
    ExpandableText(String),
    /// `REG_MULTI_SZ`.
    Texts(Vec<String>),
    /// `REG_DWORD`.
    Number(u32),
    /// `REG_QWORD`.
    LongNumber(u64),
    /// Every other type, and bytes that are not what their type says.
    Bytes {
        /// The number of the type.
        kind: u32,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

impl RegistryData {
    /// The content that these bytes have in the registry, for the number of a type. Texts are
    /// UTF-16LE, and what follows their first NUL must be NUL too.
    #[must_use]
    pub fn of_bytes(kind: u32, bytes: &[u8]) -> Self {
        let read = match kind {
            REG_SZ => text(bytes).map(Self::Text),
            REG_EXPAND_SZ => text(bytes).map(Self::ExpandableText),
            REG_MULTI_SZ => texts(bytes).map(Self::Texts),
            REG_DWORD => bytes.try_into().ok().map(|bytes| Self::Number(u32::from_le_bytes(bytes))),
            REG_QWORD => {
                bytes.try_into().ok().map(|bytes| Self::LongNumber(u64::from_le_bytes(bytes)))
            }
            _ => None,
        };
        read.unwrap_or_else(|| Self::Bytes { kind, bytes: bytes.to_vec() })
    }

    /// The number of the type.
    #[must_use]
    pub fn kind(&self) -> u32 {
        match self {
            Self::Text(_) => REG_SZ,
            Self::ExpandableText(_) => REG_EXPAND_SZ,
            Self::Texts(_) => REG_MULTI_SZ,
            Self::Number(_) => REG_DWORD,
            Self::LongNumber(_) => REG_QWORD,
            Self::Bytes { kind, .. } => *kind,
        }
    }

    /// The name of the type, as `regedit` shows it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self.kind() {
            REG_NONE => "REG_NONE",
            REG_SZ => "REG_SZ",
            REG_EXPAND_SZ => "REG_EXPAND_SZ",
            REG_BINARY => "REG_BINARY",
            REG_DWORD => "REG_DWORD",
            REG_DWORD_BIG_ENDIAN => "REG_DWORD_BIG_ENDIAN",
            REG_LINK => "REG_LINK",
            REG_MULTI_SZ => "REG_MULTI_SZ",
            REG_QWORD => "REG_QWORD",
            _ => "an unknown type",
        }
    }

    /// The text, if the type is `REG_SZ`.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The content for people, on one line.
impl fmt::Display for RegistryData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::ExpandableText(text) => write!(f, "{}", visible(text)),
            Self::Texts(texts) => write!(f, "{}", visible(&texts.join(", "))),
            Self::Number(number) => write!(f, "0x{number:08x}"),
            Self::LongNumber(number) => write!(f, "0x{number:016x}"),
            Self::Bytes { bytes, .. } => {
                let shown = bytes.iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}"));
                let dots = if bytes.len() > SHOWN_BYTES { ",…" } else { "" };
                write!(f, "{}{dots}", shown.collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// The units of UTF-16LE; `None` for an odd number of bytes.
fn units(bytes: &[u8]) -> Option<Vec<u16>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect())
}

/// A text up to its first NUL; `None` if it is not UTF-16 or something follows the NUL.
fn text(bytes: &[u8]) -> Option<String> {
    let units = units(bytes)?;
    let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
    let (text, rest) = units.split_at(end);
    rest.iter().all(|unit| *unit == 0).then(|| String::from_utf16(text).ok())?
}

/// Texts that each end in a NUL, up to the empty one.
fn texts(bytes: &[u8]) -> Option<Vec<String>> {
    let units = units(bytes)?;
    let texts = units.split(|unit| *unit == 0).take_while(|text| !text.is_empty());
    texts.map(|text| String::from_utf16(text).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::RegistryData;

    #[test]
    fn text_of_bytes_ends_at_its_nul() {
        let text = |bytes| RegistryData::of_bytes(1, bytes);
        assert_eq!(text(b""), RegistryData::Text(String::new()));
        assert_eq!(text(b"a\0"), RegistryData::Text("a".to_owned()));
        assert_eq!(text(b"a\0\0\0\0\0"), RegistryData::Text("a".to_owned()));
        for damaged in [b"a".as_slice(), b"a\0b", b"a\0\0\0b\0", b"\x00\xd8"] {
            let bytes = damaged.to_vec();
            assert_eq!(text(damaged), RegistryData::Bytes { kind: 1, bytes });
        }
    }

    #[test]
    fn numbers_of_other_lengths_are_bytes() {
        let bytes = vec![1, 0, 0];
        assert_eq!(RegistryData::of_bytes(4, &bytes), RegistryData::Bytes { kind: 4, bytes });
        assert_eq!(RegistryData::of_bytes(11, &[7, 0, 0, 0, 0, 0, 0, 0]).to_string().len(), 18);
        assert_eq!(RegistryData::of_bytes(99, &[]).type_name(), "an unknown type");
    }

    #[test]
    fn list_of_texts_ends_at_the_empty_one() {
        let list = RegistryData::of_bytes(7, b"a\0\0\0b\0\0\0\0\0");
        assert_eq!(list, RegistryData::Texts(vec!["a".to_owned(), "b".to_owned()]));
    }
}
