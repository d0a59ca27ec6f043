//! References: `&name;`, `&#43;`, `&#x2B;`.

use super::malformed::Reason;
use super::names::name_length;
use super::text::is_allowed;

/// The label for an `&` that does not begin a reference.
pub(super) const BARE_AMPERSAND: &str = "bare `&`; write `&amp;`";

/// What a reference stands for by itself, without any declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// A character: a character reference or a predefined entity.
    Character(char),
    /// A character reference to no character that XML allows.
    Invalid,
    /// An entity that a document type has to declare.
    Entity,
}

/// The name of a reference after its `&`, and what follows its `;`.
pub(super) fn split_reference(text: &str) -> Result<(&str, &str), Reason> {
    let length = match text.strip_prefix('#') {
        Some(digits) => 1 + digits.bytes().take_while(u8::is_ascii_alphanumeric).count(),
        None => name_length(text),
    };
    let (name, rest) = text.split_at(length);
    match rest.strip_prefix(';') {
        Some(rest) if !name.is_empty() => Ok((name, rest)),
        _ => Err(Reason::certain(BARE_AMPERSAND)),
    }
}

/// What a reference stands for; `name` is the text between its `&` and its `;`.
pub(super) fn classify(name: &str) -> Reference {
    match name {
        "amp" => Reference::Character('&'),
        "lt" => Reference::Character('<'),
        "gt" => Reference::Character('>'),
        "quot" => Reference::Character('"'),
        "apos" => Reference::Character('\''),
        _ => match name.strip_prefix('#') {
            Some(code) => numeric(code).map_or(Reference::Invalid, Reference::Character),
            None => Reference::Entity,
        },
    }
}

/// The character of a character reference without its `#`: `43`, `x2B`.
fn numeric(code: &str) -> Option<char> {
    let hexadecimal = code.strip_prefix('x');
    let (digits, radix) = hexadecimal.map_or((code, 10), |digits| (digits, 16));
    let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    let code = all_digits.then(|| u32::from_str_radix(digits, radix).ok()).flatten();
    code.and_then(char::from_u32).filter(|c| is_allowed(*c))
}
