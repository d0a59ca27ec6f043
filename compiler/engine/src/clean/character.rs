//! How a number reads one character: as a key of a phone, as nothing, or as something that no phone
//! dials.

use icu_properties::props::{Dash, DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};

/// How a character of a number is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As this key.
    Key(u8),
    /// As nothing: it groups digits, or it is invisible.
    Nothing,
    /// As an ASCII letter, which is a key only for a cleaner with `letters`.
    Letter(u8),
    /// As something that no phone dials.
    Undialable,
}

/// Whether a byte is a key that phones dial: `0-9 + * #`.
#[inline]
pub(super) const fn is_dialable(byte: u8) -> bool {
    // `*` and `+` differ in one bit, which saves a comparison
    byte.is_ascii_digit() || byte | 1 == b'+' || byte == b'#'
}

/// How a character is read. Decimal digits of every script are keys.
#[inline]
pub(super) fn read(character: char) -> Reading {
    if let Ok(byte) = u8::try_from(u32::from(character))
        && byte.is_ascii()
    {
        return read_ascii(byte);
    }
    if let Some(byte) = narrow(character) {
        return read_ascii(byte);
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    match category {
        GeneralCategory::DecimalNumber => Reading::Key(b'0' + decimal_value(character)),
        _ if is_dropped(character, category) => Reading::Nothing,
        _ => Reading::Undialable,
    }
}

/// How an ASCII character is read.
#[inline]
fn read_ascii(byte: u8) -> Reading {
    match byte {
        b'0'..=b'9' | b'+' | b'*' | b'#' => Reading::Key(byte),
        b' ' | b'-' | b'.' | b'(' | b')' | b'/' | b'\t'..=b'\r' => Reading::Nothing,
        b'a'..=b'z' | b'A'..=b'Z' => Reading::Letter(byte),
        _ => Reading::Undialable,
    }
}

/// The digit on the key of a letter, by ITU-T E.161 (ISO 9995-8).
pub(super) const fn key(letter: u8) -> u8 {
    match letter.to_ascii_uppercase() {
        b'A'..=b'C' => b'2',
        b'D'..=b'F' => b'3',
        b'G'..=b'I' => b'4',
        b'J'..=b'L' => b'5',
        b'M'..=b'O' => b'6',
        b'P'..=b'S' => b'7',
        b'T'..=b'V' => b'8',
        _ => b'9',
    }
}

/// The ASCII character whose full-width form this is: U+FF01 to U+FF5E.
fn narrow(character: char) -> Option<u8> {
    let at = u32::from(character).checked_sub(0xff01)?;
    let byte = u8::try_from(at).ok()?.checked_add(b'!')?;
    (byte <= b'~').then_some(byte)
}

/// Whether a character is a dash, a space, a format character or otherwise not shown.
fn is_dropped(character: char, category: GeneralCategory) -> bool {
    matches!(
        category,
        GeneralCategory::DashPunctuation
            | GeneralCategory::SpaceSeparator
            | GeneralCategory::Format
    ) || CodePointSetData::new::<Dash>().contains(character)
        || CodePointSetData::new::<WhiteSpace>().contains(character)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// The value of a decimal digit.
///
/// Unicode encodes the ten digits of a script in order, from zero on, without gaps (Unicode
/// Standard, 4.6). So a run of digits holds whole tens, and the position in the run gives the
/// value.
fn decimal_value(digit: char) -> u8 {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let mut value = 0;
    let mut code = u32::from(digit);
    while let Some(before) = code.checked_sub(1)
        && categories.get32(before) == GeneralCategory::DecimalNumber
    {
        code = before;
        value = (value + 1) % 10;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keypad_has_the_letters_of_e161() {
        let keys: String = (b'A'..=b'Z').map(|letter| char::from(key(letter))).collect();
        assert_eq!(keys, "22233344455566677778889999");
        assert!((b'a'..=b'z').all(|letter| key(letter) == key(letter.to_ascii_uppercase())));
    }

    #[test]
    fn dialable_bytes_are_those_that_read_as_themselves() {
        for byte in 0..=u8::MAX {
            let is_key = byte.is_ascii() && read_ascii(byte) == Reading::Key(byte);
            assert_eq!(is_dialable(byte), is_key, "{byte:#x}");
        }
    }
}
