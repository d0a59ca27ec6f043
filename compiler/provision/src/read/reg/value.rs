//! The data of a value in a `.reg` file, after the equals sign.

use encoding_rs::Encoding;

use super::line::{Problem, quoted};
use crate::registry_data::RegistryData;

/// Types whose bytes are text.
const TEXT_KINDS: [u32; 3] = [1, 2, 7];

/// Whether a line is a value whose bytes continue on the next line.
pub(super) fn continues(line: &str) -> bool {
    let line = line.trim();
    ends_with_continuation(line) && is_bytes(line)
}

/// Whether a part of a value ends with a backslash.
pub(super) fn ends_with_continuation(line: &str) -> bool {
    line.ends_with('\\')
}

/// A line without the backslash at its end, and without spaces around it.
pub(super) fn without_continuation(line: &str) -> &str {
    let line = line.trim();
    line.strip_suffix('\\').unwrap_or(line).trim_end()
}

/// Whether the data of a value is written as bytes. Other lines can end with a backslash that
/// means nothing.
fn is_bytes(line: &str) -> bool {
    let after_name = match line.strip_prefix('@') {
        Some(rest) => rest,
        None if line.starts_with('"') => match quoted(line) {
            Ok((_, rest)) => rest,
            Err(_) => return false,
        },
        None => return false,
    };
    let data = after_name.trim_start().strip_prefix('=').unwrap_or_default().trim_start();
    data.get(..3).is_some_and(|hex| hex.eq_ignore_ascii_case("hex"))
}

/// Reads data; `None` if the value is removed. The bytes of texts are UTF-16LE if `is_utf16`, else
/// in `code_page`.
pub(super) fn parse(
    data: &str,
    is_utf16: bool,
    code_page: &'static Encoding,
) -> Result<Option<RegistryData>, Problem> {
    if data.starts_with('"') {
        let (text, rest) = quoted(data)?;
        return match is_end(rest) {
            true => Ok(Some(RegistryData::Text(text))),
            false => Err(Problem::AfterText),
        };
    }
    if let Some(rest) = data.strip_prefix('-') {
        return if is_end(rest) { Ok(None) } else { Err(unknown_type(data)) };
    }
    let (kind, content) = data.split_once(':').ok_or_else(|| unknown_type(data))?;
    let content = content.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("dword") {
        return number(content).map(|number| Some(RegistryData::Number(number)));
    }
    let kind = hex_kind(kind).ok_or_else(|| unknown_type(kind))?;
    let bytes = bytes(content)?;
    if is_utf16 || !TEXT_KINDS.contains(&kind) {
        return Ok(Some(RegistryData::of_bytes(kind, &bytes)));
    }
    let (text, _, has_errors) = code_page.decode(&bytes);
    if has_errors {
        return Err(Problem::NotText);
    }
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Ok(Some(RegistryData::of_bytes(kind, &utf16)))
}

/// Whether nothing but a comment follows.
fn is_end(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with(';')
}

fn unknown_type(data: &str) -> Problem {
    const SHOWN: usize = 40;
    Problem::UnknownType(data.chars().take(SHOWN).collect())
}

/// The number of a type: 3 for `hex`, N for `hex(N)`, in hexadecimal digits.
fn hex_kind(kind: &str) -> Option<u32> {
    let kind = kind.trim().to_ascii_lowercase();
    let number = kind.strip_prefix("hex")?;
    if number.is_empty() {
        return Some(3);
    }
    let digits = number.strip_prefix('(')?.strip_suffix(')')?;
    let is_number = (1..=8).contains(&digits.len()) && is_hexadecimal(digits);
    is_number.then(|| u32::from_str_radix(digits, 16).ok())?
}

fn number(text: &str) -> Result<u32, Problem> {
    let is_number = (1..=8).contains(&text.len()) && is_hexadecimal(text);
    let number = is_number.then(|| u32::from_str_radix(text, 16).ok()).flatten();
    number.ok_or_else(|| Problem::BadNumber(text.chars().take(20).collect()))
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Bytes between commas. The list can be empty. A comma at the end is accepted, because regedit
/// accepts it.
fn bytes(text: &str) -> Result<Vec<u8>, Problem> {
    let text = text.strip_suffix(',').unwrap_or(text).trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let byte = |part: &str| {
        let part = part.trim();
        let is_byte = (1..=2).contains(&part.len()) && is_hexadecimal(part);
        let byte = is_byte.then(|| u8::from_str_radix(part, 16).ok()).flatten();
        byte.ok_or_else(|| Problem::BadByte(part.chars().take(20).collect()))
    };
    text.split(',').map(byte).collect()
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;

    use super::super::line::Problem;
    use super::{RegistryData, continues, parse};

    fn data(text: &str) -> Result<Option<RegistryData>, Problem> {
        parse(text, true, WINDOWS_1252)
    }

    #[test]
    fn data_of_every_type_is_read() {
        let is = |text, expected| assert_eq!(data(text), Ok(Some(expected)), "{text}");
        is(r#""C:\\a \"b\"" ; note"#, RegistryData::Text(r#"C:\a "b""#.to_owned()));
        is("dword:0000001A", RegistryData::Number(26));
        is("hex(1):68,00,71,00,00,00", RegistryData::Text("hq".to_owned()));
        is("hex(2):25,00,00,00", RegistryData::ExpandableText("%".to_owned()));
        is("hex(7):61,00,00,00,00,00", RegistryData::Texts(vec!["a".to_owned()]));
        is("hex(b):01,00,00,00,00,00,00,00", RegistryData::LongNumber(1));
        is("hex:01,ff", RegistryData::Bytes { kind: 3, bytes: vec![1, 255] });
        is("hex(0):", RegistryData::Bytes { kind: 0, bytes: Vec::new() });
        assert_eq!(data("-"), Ok(None));
    }

    #[test]
    fn text_bytes_of_version_4_are_in_the_code_page() {
        let read = parse("hex(1):68,e9,00", false, WINDOWS_1252);
        assert_eq!(read, Ok(Some(RegistryData::Text("hé".to_owned()))));
    }

    #[test]
    fn bad_data_is_a_problem() {
        assert_eq!(data("10.1.1.1"), Err(Problem::UnknownType("10.1.1.1".to_owned())));
        assert_eq!(data("qword:1"), Err(Problem::UnknownType("qword".to_owned())));
        assert_eq!(data("dword:123456789"), Err(Problem::BadNumber("123456789".to_owned())));
        assert_eq!(data("dword:+1"), Err(Problem::BadNumber("+1".to_owned())));
        assert_eq!(data("hex:1g"), Err(Problem::BadByte("1g".to_owned())));
        assert_eq!(data("hex:01,,02"), Err(Problem::BadByte(String::new())));
        assert_eq!(data("\"a\"b"), Err(Problem::AfterText));
    }

    #[test]
    fn only_bytes_continue_on_the_next_line() {
        assert!(continues("\"a\"=hex(1):61,\\"));
        assert!(continues("@=hex:\\"));
        assert!(!continues("\"a\"=\"C:\\\\"));
        assert!(!continues("[HKEY_CURRENT_USER\\"));
        assert!(!continues("; hex\\"));
    }
}
