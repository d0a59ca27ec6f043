//! Names, attributes and references: what stands inside a tag.

use std::borrow::Cow;
use std::collections::HashSet;

use super::doctype::Doctype;
use super::entities::collapse;
use super::malformed::{Malformed, Why, unsure};
use super::namespaces::{declared_prefix, is_read_whole, is_rejected};
use super::text::is_allowed;

/// Longest name, in bytes; libxml2 has the same limit since 2.9.
pub(super) const NAME_LIMIT: usize = 50_000;

/// Attributes of one tag that are compared one by one; more are found by hash.
const FEW: usize = 16;

/// One attribute of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute<'t> {
    /// The name as written, with its prefix.
    pub(super) name: &'t str,
    /// The value, references replaced and white space made spaces. The value of a namespace
    /// declaration keeps its references, as libxml2 compares it so.
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
///
/// `attributes` holds those of the tag that was read last, and then those of this one. Elements
/// mostly have the same names in the same order; such names are not checked again.
pub(super) fn tag<'t>(
    content: &'t str,
    at: usize,
    doctype: &Doctype,
    attributes: &mut Vec<Attribute<'t>>,
) -> Result<&'t str, Malformed> {
    let length = name_length(content);
    if length == 0 {
        return Err(Malformed::new(at, "this is not an element name"));
    }
    let (name, mut rest) = content.split_at(length);
    check_name(name, at)?;
    let mut names = None;
    let mut count = 0;
    let mut all_known = true;
    loop {
        let gap = rest;
        rest = gap.trim_start_matches(is_blank);
        let here = at + content.len() - rest.len();
        if rest.is_empty() {
            attributes.truncate(count);
            return Ok(name);
        }
        if gap.len() == rest.len() {
            return Err(Malformed::new(here, "a space is missing before this"));
        }
        let last = attributes.get(count).map(|last| last.name);
        let known = last.filter(|last| all_known && begins_with_name(rest, last));
        all_known = known.is_some();
        let written = Written::read(rest, known, here)?;
        let attribute =
            Attribute { name: written.name, value: written.value(name, doctype)?, at: here };
        let before = &attributes[..count];
        if !all_known && stands_already(attribute.name, before, &mut names) {
            return Err(repeated(&attribute, before).at(here));
        }
        rest = &rest[written.length..];
        match attributes.get_mut(count) {
            Some(last) => *last = attribute,
            None => attributes.push(attribute),
        }
        count += 1;
    }
}

/// Whether a text begins with exactly this name and a `=`.
#[inline]
fn begins_with_name(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
}

fn check_name(name: &str, at: usize) -> Result<(), Malformed> {
    if name.len() > NAME_LIMIT {
        return Err(unsure::TOO_LONG.at(at));
    }
    if !is_read_whole(name) {
        return Err(Malformed::new(
            at,
            "nothing that begins a name stands behind the second colon",
        ));
    }
    Ok(())
}

/// Whether one of the attributes has a name; `names` are theirs once they are many.
#[inline]
fn stands_already<'t>(
    name: &'t str,
    attributes: &[Attribute<'t>],
    names: &mut Option<HashSet<&'t str>>,
) -> bool {
    if attributes.len() < FEW {
        return attributes.iter().any(|other| other.name == name);
    }
    let all = || attributes.iter().map(|other| other.name).collect();
    !names.get_or_insert_with(all).insert(name)
}

/// libxml2 forgets a namespace declaration that it rejects, so that it does not count as a second
/// one.
fn repeated(attribute: &Attribute<'_>, others: &[Attribute<'_>]) -> Why {
    let others = others.iter().filter(|other| other.name == attribute.name);
    let mut same = others.chain([attribute]);
    if same.any(|one| is_rejected(one.name, &one.value)) {
        unsure::NAMESPACE_AGAIN
    } else {
        Why::certain("this attribute stands twice")
    }
}

/// One `name = "value"` at the start of a text.
struct Written<'t> {
    name: &'t str,
    /// What stands between the quotes.
    raw: &'t str,
    /// Offset of `raw`.
    raw_at: usize,
    /// Of all of it.
    length: usize,
}

impl<'t> Written<'t> {
    /// Reads it; `known` is the name that it has, if that is known to be one, and `at` the offset
    /// of the text.
    #[inline]
    fn read(text: &'t str, known: Option<&'t str>, at: usize) -> Result<Self, Malformed> {
        let length = known.map_or_else(|| name_length(text), str::len);
        if length == 0 {
            return Err(Malformed::new(at, "this is not an attribute name"));
        }
        let name = &text[..length];
        if known.is_none() {
            check_name(name, at)?;
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
        Ok(Self {
            name,
            raw: &quoted[1..=value_length],
            raw_at: at + open + 1,
            length: open + value_length + 2,
        })
    }

    /// The value as a client sees it on an element.
    #[inline]
    fn value(&self, element: &str, doctype: &Doctype) -> Result<Cow<'t, str>, Malformed> {
        let Self { name, raw_at, .. } = *self;
        let kept = doctype.entities.keep(self.raw);
        let kept =
            kept.map_err(|malformed| Malformed { at: raw_at + malformed.at, ..malformed })?;
        let kept = match doctype.collapses(element, name) {
            true => collapse(kept),
            false => kept,
        };
        if declared_prefix(name).is_some() {
            return Ok(kept);
        }
        doctype.entities.resolve(kept).map_err(|why| why.at(raw_at))
    }
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
            let code = all_digits.then(|| u32::from_str_radix(digits, radix).ok()).flatten();
            code.and_then(char::from_u32).filter(|c| is_allowed(*c))
        }),
    }
}
