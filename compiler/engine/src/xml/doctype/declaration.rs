//! The declarations of an internal subset, in the grammar of XML 1.0 as libxml2 reads it.

use super::super::entities::Entity;
use super::super::malformed::{Reason, uncertain};
use super::super::references::{Reference, classify, split_reference};
use super::cursor::{Cursor, NOT_UNDERSTOOD, Parsed};

/// Deepest nesting of a content model, as in libxml2.
const MODEL_DEPTH: usize = 128;

/// A declaration of the internal subset may not contain a parameter entity.
pub(super) const PERCENT: Reason = Reason::certain("a declaration contains a parameter entity");

const FRAGMENT: Reason = Reason::certain("the address of an entity contains a `#`");

/// Reads an external identifier, from `SYSTEM` or `PUBLIC` on; with `public_alone` a public
/// identifier needs no system identifier.
pub(super) fn external_id(cursor: &mut Cursor<'_>, public_alone: bool) -> Parsed<()> {
    external_address(cursor, public_alone).map(drop)
}

/// Like [`external_id`]; returns the system identifier.
fn external_address<'t>(cursor: &mut Cursor<'t>, public_alone: bool) -> Parsed<&'t str> {
    if cursor.accept("SYSTEM") {
        cursor.expect_blanks()?;
        return cursor.literal();
    }
    cursor.expect("PUBLIC")?;
    cursor.expect_blanks()?;
    let is_public = |c: char| c.is_ascii_alphanumeric() || " \r\n-'()+,./:=?;!*#@$_%".contains(c);
    if !cursor.literal()?.chars().all(is_public) {
        return Err(NOT_UNDERSTOOD);
    }
    let is_separated = cursor.skip_blanks();
    let follows = is_separated && cursor.rest.starts_with(['"', '\'']);
    if public_alone && !follows {
        return Ok("");
    }
    is_separated.then_some(()).ok_or(NOT_UNDERSTOOD)?;
    cursor.literal()
}

/// Reads an element declaration after its `<!ELEMENT`.
pub(super) fn element(cursor: &mut Cursor<'_>) -> Parsed<()> {
    cursor.expect_blanks()?;
    cursor.name()?;
    cursor.expect_blanks()?;
    if !cursor.accept("EMPTY") && !cursor.accept("ANY") {
        cursor.expect("(")?;
        cursor.skip_blanks();
        if cursor.accept("#PCDATA") {
            mixed(cursor)?;
        } else {
            children(cursor, 1)?;
            occurrence(cursor);
        }
    }
    cursor.close()
}

/// Reads mixed content after its `(#PCDATA`.
fn mixed(cursor: &mut Cursor<'_>) -> Parsed<()> {
    let mut is_alone = true;
    cursor.skip_blanks();
    while cursor.accept("|") {
        is_alone = false;
        cursor.skip_blanks();
        cursor.name()?;
        cursor.skip_blanks();
    }
    cursor.expect(")")?;
    let is_closed = cursor.accept("*") || is_alone;
    is_closed.then_some(()).ok_or(NOT_UNDERSTOOD)
}

/// Reads particles with one kind of separator between them, after their `(`.
fn children(cursor: &mut Cursor<'_>, depth: usize) -> Parsed<()> {
    if depth > MODEL_DEPTH {
        return Err(NOT_UNDERSTOOD);
    }
    let mut separator = None;
    loop {
        cursor.skip_blanks();
        if cursor.accept("(") {
            children(cursor, depth + 1)?;
        } else {
            cursor.name()?;
        }
        occurrence(cursor);
        cursor.skip_blanks();
        if cursor.accept(")") {
            return Ok(());
        }
        let found = if cursor.rest.starts_with(',') { "," } else { "|" };
        cursor.expect(separator.get_or_insert(found))?;
    }
}

fn occurrence(cursor: &mut Cursor<'_>) {
    let _ = cursor.accept("?") || cursor.accept("*") || cursor.accept("+");
}

/// Reads a notation declaration after its `<!NOTATION`.
pub(super) fn notation(cursor: &mut Cursor<'_>) -> Parsed<()> {
    cursor.expect_blanks()?;
    cursor.name()?;
    cursor.expect_blanks()?;
    external_id(cursor, true)?;
    cursor.close()
}

/// A declaration of an entity.
pub(super) struct EntityDeclaration<'t> {
    /// Whether this is a parameter entity, `<!ENTITY % …>`.
    pub(super) is_parameter: bool,
    pub(super) name: &'t str,
    pub(super) entity: Entity,
}

/// Reads an entity declaration after its `<!ENTITY`.
pub(super) fn entity<'t>(cursor: &mut Cursor<'t>) -> Parsed<EntityDeclaration<'t>> {
    cursor.expect_blanks()?;
    let mut after_percent = *cursor;
    let is_parameter = after_percent.accept("%") && after_percent.skip_blanks();
    if is_parameter {
        *cursor = after_percent;
    }
    let name = cursor.name()?;
    cursor.expect_blanks()?;
    let entity = if cursor.rest.starts_with(['"', '\'']) {
        Entity::Text(entity_value(cursor.literal()?)?)
    } else {
        outside(cursor, is_parameter)?
    };
    cursor.close()?;
    Ok(EntityDeclaration { is_parameter, name, entity })
}

/// Reads an external identifier and, for an entity that is not XML, the name of its notation, which
/// libxml2 does not insist on.
fn outside(cursor: &mut Cursor<'_>, is_parameter: bool) -> Parsed<Entity> {
    let address = external_address(cursor, false)?;
    // libxml2 parses addresses: a fragment is an error, and a parameter entity with an invalid
    // address is not declared
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
    match address.split_once('#') {
        Some((path, fragment)) if path.chars().chain(fragment.chars()).all(is_plain) => {
            return Err(FRAGMENT);
        }
        None if !is_parameter || address.chars().all(is_plain) => {}
        _ => return Err(uncertain::ADDRESS),
    }
    let is_separated = cursor.skip_blanks();
    if is_parameter || !is_separated || !cursor.accept("NDATA") {
        return Ok(Entity::Outside);
    }
    cursor.expect_blanks()?;
    if !cursor.rest.starts_with('>') {
        cursor.name()?;
    }
    Ok(Entity::Unparsed)
}

/// The replacement text: line ends become LF and character references are replaced, other
/// references stay.
fn entity_value(raw: &str) -> Parsed<String> {
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
                let (name, after) = split_reference(after)?;
                if name.starts_with('#') {
                    let Reference::Character(character) = classify(name) else {
                        return Err(NOT_UNDERSTOOD);
                    };
                    value.push(character);
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
pub(super) enum AttributeType {
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

/// One attribute of an `<!ATTLIST`.
pub(super) struct AttributeDeclaration<'t> {
    pub(super) name: &'t str,
    pub(super) kind: AttributeType,
    /// The default as written, if there is one.
    pub(super) default: Option<&'t str>,
}

/// Reads one attribute of an `<!ATTLIST`.
pub(super) fn attribute<'t>(cursor: &mut Cursor<'t>) -> Parsed<AttributeDeclaration<'t>> {
    let name = cursor.name()?;
    cursor.expect_blanks()?;
    let kind = attribute_type(cursor)?;
    cursor.expect_blanks()?;
    if cursor.accept("#REQUIRED") || cursor.accept("#IMPLIED") {
        return Ok(AttributeDeclaration { name, kind, default: None });
    }
    if cursor.accept("#FIXED") {
        cursor.expect_blanks()?;
    }
    let default = Some(cursor.literal()?);
    Ok(AttributeDeclaration { name, kind, default })
}

fn attribute_type(cursor: &mut Cursor<'_>) -> Parsed<AttributeType> {
    // a word before its own beginnings
    const WORDS: [(&str, AttributeType); 8] = [
        ("CDATA", AttributeType::Text),
        ("IDREFS", AttributeType::Names),
        ("IDREF", AttributeType::Name),
        ("ID", AttributeType::Name),
        ("ENTITIES", AttributeType::Names),
        ("ENTITY", AttributeType::Name),
        ("NMTOKENS", AttributeType::Tokens),
        ("NMTOKEN", AttributeType::Token),
    ];
    if let Some((_, kind)) = WORDS.into_iter().find(|(word, _)| cursor.accept(word)) {
        return Ok(kind);
    }
    let is_notation = cursor.accept("NOTATION");
    if is_notation {
        cursor.expect_blanks()?;
    }
    cursor.expect("(")?;
    loop {
        cursor.skip_blanks();
        if is_notation {
            cursor.name()?
        } else {
            cursor.name_token()?
        };
        cursor.skip_blanks();
        if cursor.accept(")") {
            return Ok(if is_notation { AttributeType::Name } else { AttributeType::Tokens });
        }
        cursor.expect("|")?;
    }
}
