//! Names in XML: which characters they have, and where a prefix ends.

/// Longest name, in bytes; libxml2 has the same limit since 2.9.
pub(super) const NAME_LIMIT: usize = 50_000;

/// The namespaces that no declaration may bind to another prefix.
const RESERVED: [&str; 2] =
    ["http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"];

/// The length of the name that a text begins with; 0 when it does not begin with a name.
#[inline]
pub(super) fn name_length(text: &str) -> usize {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    match text.as_bytes().get(letters) {
        None | Some(b' ' | b'=' | b'/' | b'>') => letters,
        Some(_) if letters == 0 && !text.starts_with(starts_name) => 0,
        Some(_) => text.find(|c| !continues_name(c)).unwrap_or(text.len()),
    }
}

/// The length of the name token that a text begins with: like a name, but any of its characters
/// may come first.
pub(super) fn name_token_length(text: &str) -> usize {
    text.find(|c| !continues_name(c)).unwrap_or(text.len())
}

/// Whether a character is white space in XML.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Splits a name at its first colon. A name that begins with a colon, or whose rest is not a name,
/// has no prefix.
#[inline]
pub(super) fn split(name: &str) -> (Option<&str>, &str) {
    // names are short: looking at each byte is faster than a search
    let colon = name.bytes().position(|byte| byte == b':');
    match colon.map(|at| (&name[..at], &name[at + 1..])) {
        Some((prefix, local))
            if !prefix.is_empty() && !local.starts_with(':') && name_length(local) > 0 =>
        {
            (Some(prefix), local)
        }
        _ => (None, name),
    }
}

/// Whether libxml2 reads a name of an element or an attribute to its end: after a second colon it
/// stops at what cannot begin a name.
#[inline]
pub(super) fn is_read_whole(name: &str) -> bool {
    match split(name) {
        (Some(_), local) => {
            local.split_once(':').is_none_or(|(_, rest)| rest.is_empty() || name_length(rest) > 0)
        }
        (None, _) => true,
    }
}

/// The prefix that an attribute declares, whatever its value.
#[inline]
pub(super) fn declared_prefix(name: &str) -> Option<&str> {
    let local = name.strip_prefix("xmlns:")?;
    split(name).0.map(|_| local)
}

/// Whether an attribute is a namespace declaration that libxml2 rejects: it reports an error and
/// continues without the declaration.
pub(super) fn is_rejected_declaration(name: &str, value: &str) -> bool {
    let is_reserved = RESERVED.contains(&value);
    match declared_prefix(name) {
        Some(prefix) => is_reserved || value.is_empty() || matches!(prefix, "xml" | "xmlns"),
        None => is_reserved && name == "xmlns",
    }
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
