//! The declarations of an internal subset, by the grammar of XML 1.0 as libxml2 reads it.

use super::super::markup::plain_reference;
use super::cursor::Cursor;

/// Deepest nesting of a content model, as in libxml2.
const MODEL_DEPTH: usize = 128;

/// What an entity stands for.
pub(super) enum Definition {
    /// Text, its character references replaced.
    Text(String),
    /// Something outside the file.
    Outside,
}

/// Behind `SYSTEM` or `PUBLIC`: an external identifier; `public_alone` lets a public one stand by itself.
pub(super) fn external_id(cursor: &mut Cursor<'_>, public_alone: bool) -> Option<()> {
    if cursor.takes("SYSTEM") {
        cursor.gap()?;
        return cursor.literal().map(drop);
    }
    cursor.expect("PUBLIC")?;
    cursor.gap()?;
    let is_public = |c: char| c.is_ascii_alphanumeric() || " \r\n-'()+,./:=?;!*#@$_%".contains(c);
    if !cursor.literal()?.chars().all(is_public) {
        return None;
    }
    let mut ahead = *cursor;
    let system = ahead.gap().and_then(|()| ahead.literal());
    match (system, public_alone) {
        (Some(_), _) => *cursor = ahead,
        (None, true) => {}
        (None, false) => return None,
    }
    Some(())
}

/// Behind `<!ELEMENT`.
pub(super) fn element(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.gap()?;
    cursor.name()?;
    cursor.gap()?;
    if !cursor.takes("EMPTY") && !cursor.takes("ANY") {
        cursor.expect("(")?;
        cursor.blanks();
        if cursor.takes("#PCDATA") {
            mixed(cursor)?;
        } else {
            children(cursor, 0)?;
            occurrence(cursor);
        }
    }
    cursor.close()
}

/// Behind `(#PCDATA`.
fn mixed(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut is_alone = true;
    cursor.blanks();
    while cursor.takes("|") {
        is_alone = false;
        cursor.blanks();
        cursor.name()?;
        cursor.blanks();
    }
    cursor.expect(")")?;
    (cursor.takes("*") || is_alone).then_some(())
}

/// Behind `(`: particles with one kind of separator between them.
fn children(cursor: &mut Cursor<'_>, depth: usize) -> Option<()> {
    if depth > MODEL_DEPTH {
        return None;
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
            return Some(());
        }
        let found = cursor
            .rest
            .chars()
            .next()
            .filter(|c| matches!(c, ',' | '|'))?;
        if separator.is_some_and(|separator| separator != found) {
            return None;
        }
        separator = Some(found);
        cursor.expect(if found == ',' { "," } else { "|" })?;
    }
}

fn occurrence(cursor: &mut Cursor<'_>) {
    let _ = cursor.takes("?") || cursor.takes("*") || cursor.takes("+");
}

/// Behind `<!NOTATION`.
pub(super) fn notation(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.gap()?;
    cursor.name()?;
    cursor.gap()?;
    external_id(cursor, true)?;
    cursor.close()
}

/// Behind `<!ENTITY`: whether it is a parameter entity, its name, and what it stands for.
pub(super) fn entity<'t>(cursor: &mut Cursor<'t>) -> Option<(bool, &'t str, Definition)> {
    cursor.gap()?;
    let is_parameter = cursor.takes("%");
    if is_parameter {
        cursor.gap()?;
    }
    let name = cursor.name()?;
    cursor.gap()?;
    let definition = if cursor.rest.starts_with(['"', '\'']) {
        Definition::Text(entity_value(cursor.literal()?)?)
    } else {
        external_id(cursor, false)?;
        let mut ahead = *cursor;
        if !is_parameter && ahead.blanks() && ahead.takes("NDATA") {
            ahead.gap()?;
            ahead.name()?;
            *cursor = ahead;
        }
        Definition::Outside
    };
    cursor.close()?;
    Some((is_parameter, name, definition))
}

/// The replacement text: character references are replaced, other references stay.
fn entity_value(raw: &str) -> Option<String> {
    let mut value = String::with_capacity(raw.len());
    let mut cursor = Cursor { rest: raw };
    while let Some(at) = cursor.rest.find(['&', '%']) {
        let (before, rest) = cursor.rest.split_at(at);
        value.push_str(before);
        cursor.rest = rest;
        // a parameter entity may not stand inside a declaration of the internal subset
        cursor.expect("&")?;
        if cursor.rest.starts_with('#') {
            let name = cursor.until(";")?;
            value.push(plain_reference(name)??);
        } else {
            let name = cursor.name()?;
            cursor.expect(";")?;
            value.extend(["&", name, ";"]);
        }
    }
    value.push_str(cursor.rest);
    Some(value)
}

/// One attribute of an `<!ATTLIST`: its name and its default, if it has one.
pub(super) fn attribute<'t>(cursor: &mut Cursor<'t>) -> Option<(&'t str, Option<&'t str>)> {
    let name = cursor.name()?;
    cursor.gap()?;
    attribute_type(cursor)?;
    cursor.gap()?;
    if cursor.takes("#REQUIRED") || cursor.takes("#IMPLIED") {
        return Some((name, None));
    }
    if cursor.takes("#FIXED") {
        cursor.gap()?;
    }
    Some((name, Some(cursor.literal()?)))
}

fn attribute_type(cursor: &mut Cursor<'_>) -> Option<()> {
    // the longer words first
    const WORDS: [&str; 8] = [
        "CDATA", "IDREFS", "IDREF", "ID", "ENTITIES", "ENTITY", "NMTOKENS", "NMTOKEN",
    ];
    if WORDS.into_iter().any(|word| cursor.takes(word)) {
        return Some(());
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
            return Some(());
        }
        cursor.expect("|")?;
    }
}
