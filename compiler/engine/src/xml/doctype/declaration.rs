//! The declarations of an internal subset, by the grammar of XML 1.0 as libxml2 reads it.

use super::super::entities::{Entity, reference};
use super::super::malformed::{Why, unsure};
use super::super::markup::plain_reference;
use super::cursor::{Cursor, NOT_UNDERSTOOD, Step};

/// Deepest nesting of a content model, as in libxml2.
const MODEL_DEPTH: usize = 128;

/// A parameter entity may not stand inside a declaration of the internal subset.
pub(super) const PERCENT: Why = Why::certain("a parameter entity stands inside a declaration");

const FRAGMENT: Why = Why::certain("the address of an entity holds a `#`");

/// Behind `SYSTEM` or `PUBLIC`: an external identifier; `public_alone` lets a public one stand by
/// itself.
pub(super) fn external_id(cursor: &mut Cursor<'_>, public_alone: bool) -> Step<()> {
    external_address(cursor, public_alone).map(drop)
}

/// Like [`external_id`]; gives the system identifier.
fn external_address<'t>(cursor: &mut Cursor<'t>, public_alone: bool) -> Step<&'t str> {
    if cursor.takes("SYSTEM") {
        cursor.gap()?;
        return cursor.literal();
    }
    cursor.expect("PUBLIC")?;
    cursor.gap()?;
    let is_public = |c: char| c.is_ascii_alphanumeric() || " \r\n-'()+,./:=?;!*#@$_%".contains(c);
    if !cursor.literal()?.chars().all(is_public) {
        return Err(NOT_UNDERSTOOD);
    }
    let is_separated = cursor.blanks();
    let follows = is_separated && cursor.rest.starts_with(['"', '\'']);
    if public_alone && !follows {
        return Ok("");
    }
    is_separated.then_some(()).ok_or(NOT_UNDERSTOOD)?;
    cursor.literal()
}

/// Behind `<!ELEMENT`.
pub(super) fn element(cursor: &mut Cursor<'_>) -> Step<()> {
    cursor.gap()?;
    cursor.name()?;
    cursor.gap()?;
    if !cursor.takes("EMPTY") && !cursor.takes("ANY") {
        cursor.expect("(")?;
        cursor.blanks();
        if cursor.takes("#PCDATA") {
            mixed(cursor)?;
        } else {
            children(cursor, 1)?;
            occurrence(cursor);
        }
    }
    cursor.close()
}

/// Behind `(#PCDATA`.
fn mixed(cursor: &mut Cursor<'_>) -> Step<()> {
    let mut is_alone = true;
    cursor.blanks();
    while cursor.takes("|") {
        is_alone = false;
        cursor.blanks();
        cursor.name()?;
        cursor.blanks();
    }
    cursor.expect(")")?;
    let is_closed = cursor.takes("*") || is_alone;
    is_closed.then_some(()).ok_or(NOT_UNDERSTOOD)
}

/// Behind `(`: particles with one kind of separator between them.
fn children(cursor: &mut Cursor<'_>, depth: usize) -> Step<()> {
    if depth > MODEL_DEPTH {
        return Err(NOT_UNDERSTOOD);
    }
    let mut separator = None;
    loop {
        cursor.blanks();
        if cursor.takes("(") {
            children(cursor, depth + 1)?;
        } else {
            cursor.name()?;
        }
        occurrence(cursor);
        cursor.blanks();
        if cursor.takes(")") {
            return Ok(());
        }
        let found = if cursor.rest.starts_with(',') { "," } else { "|" };
        cursor.expect(separator.get_or_insert(found))?;
    }
}

fn occurrence(cursor: &mut Cursor<'_>) {
    let _ = cursor.takes("?") || cursor.takes("*") || cursor.takes("+");
}

/// Behind `<!NOTATION`.
pub(super) fn notation(cursor: &mut Cursor<'_>) -> Step<()> {
    cursor.gap()?;
    cursor.name()?;
    cursor.gap()?;
    external_id(cursor, true)?;
    cursor.close()
}

/// Behind `<!ENTITY`: whether it is a parameter entity, its name, and what it stands for.
pub(super) fn entity<'t>(cursor: &mut Cursor<'t>) -> Step<(bool, &'t str, Entity)> {
    cursor.gap()?;
    let mut behind = *cursor;
    let is_parameter = behind.takes("%") && behind.blanks();
    if is_parameter {
        *cursor = behind;
    }
    let name = cursor.name()?;
    cursor.gap()?;
    let entity = if cursor.rest.starts_with(['"', '\'']) {
        Entity::Text(entity_value(cursor.literal()?)?)
    } else {
        outside(cursor, is_parameter)?
    };
    cursor.close()?;
    Ok((is_parameter, name, entity))
}

/// An external identifier, and for what is not XML the name of its notation, which libxml2 does not
/// insist on.
fn outside(cursor: &mut Cursor<'_>, is_parameter: bool) -> Step<Entity> {
    let address = external_address(cursor, false)?;
    // libxml2 reads addresses: a fragment is an error, and what is not an address declares no
    // parameter entity
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
    match address.split_once('#') {
        Some((path, fragment)) if path.chars().chain(fragment.chars()).all(is_plain) => {
            return Err(FRAGMENT);
        }
        None if !is_parameter || address.chars().all(is_plain) => {}
        _ => return Err(unsure::ADDRESS),
    }
    let is_separated = cursor.blanks();
    if is_parameter || !is_separated || !cursor.takes("NDATA") {
        return Ok(Entity::Outside);
    }
    cursor.gap()?;
    if !cursor.rest.starts_with('>') {
        cursor.name()?;
    }
    Ok(Entity::Unparsed)
}

/// The replacement text: line ends become LF and character references are replaced, other
/// references stay.
fn entity_value(raw: &str) -> Step<String> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '%', '\r']) {
        value.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        rest = match rest.as_bytes()[at] {
            b'%' => return Err(PERCENT),
            b'\r' => {
                value.push('\n');
                after.strip_prefix('\n').unwrap_or(after)
            }
            _ => {
                let (name, after) = reference(after)?;
                if name.starts_with('#') {
                    value.push(plain_reference(name).flatten().ok_or(NOT_UNDERSTOOD)?);
                } else {
                    value.extend(["&", name, ";"]);
                }
                after
            }
        };
    }
    value.push_str(rest);
    Ok(value)
}

/// The type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Any text.
    Text,
    /// A name: `ID`, `IDREF`, `ENTITY`, `NOTATION`.
    Name,
    /// `IDREFS`, `ENTITIES`.
    Names,
    /// `NMTOKEN`.
    Token,
    /// `NMTOKENS`, and a list of choices.
    Tokens,
}

/// One attribute of an `<!ATTLIST`: its name, its type, and its default as written, if it has one.
pub(super) fn attribute<'t>(cursor: &mut Cursor<'t>) -> Step<(&'t str, Type, Option<&'t str>)> {
    let name = cursor.name()?;
    cursor.gap()?;
    let kind = attribute_type(cursor)?;
    cursor.gap()?;
    if cursor.takes("#REQUIRED") || cursor.takes("#IMPLIED") {
        return Ok((name, kind, None));
    }
    if cursor.takes("#FIXED") {
        cursor.gap()?;
    }
    Ok((name, kind, Some(cursor.literal()?)))
}

fn attribute_type(cursor: &mut Cursor<'_>) -> Step<Type> {
    // the longer words first
    const WORDS: [(&str, Type); 8] = [
        ("CDATA", Type::Text),
        ("IDREFS", Type::Names),
        ("IDREF", Type::Name),
        ("ID", Type::Name),
        ("ENTITIES", Type::Names),
        ("ENTITY", Type::Name),
        ("NMTOKENS", Type::Tokens),
        ("NMTOKEN", Type::Token),
    ];
    if let Some((_, kind)) = WORDS.into_iter().find(|(word, _)| cursor.takes(word)) {
        return Ok(kind);
    }
    let is_notation = cursor.takes("NOTATION");
    if is_notation {
        cursor.gap()?;
    }
    cursor.expect("(")?;
    loop {
        cursor.blanks();
        if is_notation {
            cursor.name()?
        } else {
            cursor.nmtoken()?
        };
        cursor.blanks();
        if cursor.takes(")") {
            return Ok(if is_notation { Type::Name } else { Type::Tokens });
        }
        cursor.expect("|")?;
    }
}
