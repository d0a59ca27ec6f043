//! Numbers as URIs: `tel:+1-408-555-1212;ext=7` (RFC 3966).

use super::character::{self, Reading};

/// The scheme, in lower case.
const SCHEME: &[u8] = b"tel:";

/// Length of the scheme in bytes, including characters before it and in it that are dropped; `None`
/// for plain numbers.
///
/// A repeated scheme counts as one, because web pages add it to numbers that have one already.
pub(super) fn scheme(text: &str) -> Option<usize> {
    let mut length = 0;
    while let Some(once) = one_scheme(&text[length..]) {
        length += once;
    }
    (length > 0).then_some(length)
}

fn one_scheme(text: &str) -> Option<usize> {
    let mut expected = SCHEME.iter();
    for (at, character) in text.char_indices() {
        if character::read(character) == Reading::Nothing {
            continue;
        }
        let next = char::from(*expected.next()?);
        if character.to_ascii_lowercase() != next {
            return None;
        }
        if expected.len() == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// The byte that a percent escape at the beginning of a text stands for.
pub(super) fn escape(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}
