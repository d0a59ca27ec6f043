//! The content of a tag: a name and attributes.

use std::borrow::Cow;
use std::collections::HashSet;

use super::doctype::Doctype;
use super::entities::collapse;
use super::malformed::{Malformed, Reason, uncertain};
use super::names::{
    NAME_LIMIT, declared_prefix, is_blank, is_read_whole, is_rejected_declaration, name_length,
};

/// A tag with this many attributes finds repeated names by hash instead of comparing them.
const HASH_THRESHOLD: usize = 16;

/// One attribute of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute<'t> {
    /// The name as written, with its prefix.
    pub(super) name: &'t str,
    /// The value, references and white space replaced. A namespace declaration keeps its
    /// references, because libxml2 compares it in that form.
    pub(super) value: Cow<'t, str>,
    /// Byte offset of the name.
    pub(super) at: usize,
}

/// Reads the text between `<` and `>`, without a final `/`, and returns the name; `at` is its
/// byte offset.
///
/// On entry `attributes` holds the attributes of the previous tag, on return those of this one.
/// Most elements have the same names in the same order, and such names are not checked again.
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
            return Err(Malformed::new(here, "there is no space before this"));
        }
        let last = attributes.get(count).map(|last| last.name);
        let known = last.filter(|last| all_known && begins_with_name(rest, last));
        all_known = known.is_some();
        let written = RawAttribute::read(rest, known, here)?;
        let attribute =
            Attribute { name: written.name, value: written.value(name, doctype)?, at: here };
        let before = &attributes[..count];
        if !all_known && is_repeated(attribute.name, before, &mut names) {
            return Err(repeated_reason(&attribute, before).at(here));
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
        return Err(uncertain::TOO_LONG.at(at));
    }
    if !is_read_whole(name) {
        return Err(Malformed::new(at, "the part after the second colon is not a name"));
    }
    Ok(())
}

/// Whether one of the attributes has a name; `names` collects their names once there are
/// [`HASH_THRESHOLD`] of them.
#[inline]
fn is_repeated<'t>(
    name: &'t str,
    attributes: &[Attribute<'t>],
    names: &mut Option<HashSet<&'t str>>,
) -> bool {
    if attributes.len() < HASH_THRESHOLD {
        return attributes.iter().any(|other| other.name == name);
    }
    let all = || attributes.iter().map(|other| other.name).collect();
    !names.get_or_insert_with(all).insert(name)
}

/// Why an attribute may not repeat. libxml2 drops a namespace declaration that it rejects, so that
/// a second one does not count as a repetition.
fn repeated_reason(attribute: &Attribute<'_>, others: &[Attribute<'_>]) -> Reason {
    let others = others.iter().filter(|other| other.name == attribute.name);
    let mut same = others.chain([attribute]);
    if same.any(|one| is_rejected_declaration(one.name, &one.value)) {
        uncertain::NAMESPACE_AGAIN
    } else {
        Reason::certain("this attribute occurs twice")
    }
}

/// One `name = "value"` at the start of a text.
struct RawAttribute<'t> {
    name: &'t str,
    /// The text between the quotes.
    raw: &'t str,
    /// Byte offset of `raw`.
    raw_at: usize,
    /// Length of the whole attribute, in bytes.
    length: usize,
}

impl<'t> RawAttribute<'t> {
    /// Reads an attribute; `known` is its name, if that was checked before, and `at` the byte
    /// offset of the text.
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

    /// The value as a client reads it on an element.
    #[inline]
    fn value(&self, element: &str, doctype: &Doctype) -> Result<Cow<'t, str>, Malformed> {
        let Self { name, raw_at, .. } = *self;
        let stored = doctype.entities.parse_value(self.raw);
        let stored =
            stored.map_err(|malformed| Malformed { at: raw_at + malformed.at, ..malformed })?;
        let stored = match doctype.collapses(element, name) {
            true => collapse(stored),
            false => stored,
        };
        if declared_prefix(name).is_some() {
            return Ok(stored);
        }
        doctype.entities.resolve(stored).map_err(|reason| reason.at(raw_at))
    }
}
