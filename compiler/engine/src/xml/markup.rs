//! Names, attributes and references: what stands inside a tag.

use std::borrow::Cow;

use super::doctype::Doctype;
use super::text::is_allowed;

/// What is wrong with a text, and where: a byte offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

impl Malformed {
    pub(super) fn new(at: usize, what: &'static str) -> Self {
        Self { at, what }
    }
}

/// One attribute of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute<'t> {
    /// The name as written, with its prefix.
    pub(super) name: &'t str,
    /// The value, references replaced and white space made spaces.
    pub(super) value: Cow<'t, str>,
    /// Offset of the name.
    pub(super) at: usize,
}

/// Whether XML 1.0 (fifth edition) lets a name begin with a character.
fn starts_name(c: char) -> bool {
    matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_name(c: char) -> bool {
    starts_name(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// The length of the name that a text begins with; 0 when it begins with none.
#[inline]
pub(super) fn name_length(text: &str) -> usize {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    match text.as_bytes().get(letters) {
        None | Some(b' ' | b'=' | b'/' | b'>') => letters,
        Some(_) if letters == 0 && !text.starts_with(starts_name) => 0,
        Some(_) => text.find(|c| !continues_name(c)).unwrap_or(text.len()),
    }
}

/// The length of the name token that a text begins with.
pub(super) fn nmtoken_length(text: &str) -> usize {
    text.find(|c| !continues_name(c)).unwrap_or(text.len())
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Reads what stands between `<` and `>`, without a final `/`; `at` is its offset.
pub(super) fn tag<'t>(
    content: &'t str,
    at: usize,
    doctype: &Doctype,
    attributes: &mut Vec<Attribute<'t>>,
) -> Result<&'t str, Malformed> {
    attributes.clear();
    let length = name_length(content);
    if length == 0 {
        return Err(Malformed::new(at, "this is not an element name"));
    }
    let mut position = length;
    loop {
        let gap = &content[position..];
        let rest = gap.trim_start_matches(is_blank);
        if rest.is_empty() {
            return Ok(&content[..length]);
        }
        position = content.len() - rest.len();
        if gap.len() == rest.len() {
            return Err(Malformed::new(
                at + position,
                "a space is missing before this",
            ));
        }
        let (attribute, used) = attribute(rest, at + position, doctype)?;
        if attributes.iter().any(|other| other.name == attribute.name) {
            return Err(Malformed::new(at + position, "this attribute stands twice"));
        }
        attributes.push(attribute);
        position += used;
    }
}

/// One `name = "value"` at the start of a text, and its length.
fn attribute<'t>(
    text: &'t str,
    at: usize,
    doctype: &Doctype,
) -> Result<(Attribute<'t>, usize), Malformed> {
    let length = name_length(text);
    if length == 0 {
        return Err(Malformed::new(at, "this is not an attribute name"));
    }
    let after_name = text[length..].trim_start_matches(is_blank);
    let Some(after_equals) = after_name.strip_prefix('=') else {
        return Err(Malformed::new(at, "this attribute has no value"));
    };
    let quoted = after_equals.trim_start_matches(is_blank);
    let open = text.len() - quoted.len();
    let quote = match quoted.as_bytes().first() {
        Some(quote @ (b'"' | b'\'')) => *quote,
        _ => return Err(Malformed::new(at + open, "this value is not in quotes")),
    };
    let Some(value_length) = memchr::memchr(quote, &quoted.as_bytes()[1..]) else {
        return Err(Malformed::new(at + open, "this value has no closing quote"));
    };
    let raw = &quoted[1..=value_length];
    let value = value(raw, at + open + 1, doctype)?;
    Ok((
        Attribute {
            name: &text[..length],
            value,
            at,
        },
        open + value_length + 2,
    ))
}

/// An attribute's value: references replaced, TAB, LF and CR made spaces.
fn value<'t>(raw: &'t str, at: usize, doctype: &Doctype) -> Result<Cow<'t, str>, Malformed> {
    let special = |byte: &u8| matches!(byte, b'<' | b'&' | b'\t' | b'\n' | b'\r');
    if !raw.as_bytes().iter().any(special) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    doctype.expand(raw, at, &mut out)?;
    Ok(Cow::Owned(out))
}

/// What a reference without its `&` and `;` stands for by itself: `#43`, `#x2B`, `amp`.
pub(super) fn plain_reference(name: &str) -> Option<Option<char>> {
    let predefined = |c| Some(Some(c));
    match name {
        "amp" => predefined('&'),
        "lt" => predefined('<'),
        "gt" => predefined('>'),
        "quot" => predefined('"'),
        "apos" => predefined('\''),
        _ => name.strip_prefix('#').map(|digits| {
            let hexadecimal = digits.strip_prefix('x');
            let (digits, radix) = hexadecimal.map_or((digits, 10), |digits| (digits, 16));
            let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
            let code = all_digits
                .then(|| u32::from_str_radix(digits, radix).ok())
                .flatten();
            code.and_then(char::from_u32).filter(|c| is_allowed(*c))
        }),
    }
}
