//! General entities, and what references become in the value of an attribute.
//!
//! libxml2 reads a value in two steps, and so does this file. Parsing keeps references to entities
//! and normalizes white space ([`Entities::keep`]); asking for the value replaces them
//! ([`Entities::resolve`]). White space that comes out of an entity is therefore never normalized,
//! and a default value, which only the first step sees, keeps its references.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use super::malformed::{Malformed, Why, unsure};
use super::markup::{name_length, plain_reference};

/// Fewest bytes of entity text that a file may become; a longer file may become
/// [`EXPANSION_FACTOR`] times its own length.
const EXPANSION_FLOOR: usize = 1 << 20;

/// libxml2 rejects texts that grow by more than this factor.
const EXPANSION_FACTOR: usize = 10;

/// Deepest nesting of entities inside entities; libxml2 stops at 40 levels.
pub(super) const NESTING_LIMIT: usize = 8;

/// Most references inside the text of one reference, at all levels.
const NESTED_LIMIT: usize = 64;

/// Length of what declares an entity, without its name and its value.
const DECLARATION: usize = r#"<!ENTITY  "">"#.len();

/// Expanded texts below this length are never too long for libxml2.
const SMALL_TEXT: usize = 1000;

/// References after which an undeclared entity is no longer tolerated; libxml2 counts some of them
/// several times, and stops at 10,000.
const TOLERANCE_LIMIT: usize = 1000;

/// What is said of an `&` that begins no reference.
pub(super) const BARE_AMPERSAND: &str = "a bare `&` stands here; `&amp;` is meant";

const UNDECLARED: Why = Why::certain("this entity is not declared");
const LESS_THAN: Why = Why::certain("a bare `<` stands in a value");
const NO_CHARACTER: Why = Why::certain("this reference names no character that may stand here");
const OUTSIDE: Why = Why::certain("this entity lies outside the file");
const UNPARSED: Why = Why::certain("this entity is declared as something else than text");

/// What an entity stands for.
#[derive(Debug)]
pub(super) enum Entity {
    /// Text, its character references replaced.
    Text(String),
    /// Something outside the file, which is never fetched.
    Outside,
    /// Something outside the file that is not XML.
    Unparsed,
}

/// The entities that a document type declares.
#[derive(Debug)]
pub(super) struct Entities {
    table: HashMap<String, Declared>,
    /// Whether something outside the file might declare more, so that an undeclared entity is no
    /// error.
    pub(super) is_open: bool,
    /// Bytes that references may still become, over the whole file.
    budget: Cell<usize>,
    references: Cell<usize>,
    /// The cost of all references so far.
    cost: Cell<usize>,
    /// Bytes of the file that declare entities with a text.
    declared: usize,
    /// Whether the text of an entity is being read. libxml2 then compares with the length of that
    /// text instead of the file's.
    pub(super) is_inside: bool,
}

/// What a text becomes with its references replaced.
#[derive(Clone, Copy, Default)]
struct Expansion {
    /// At least what libxml2 counts. It counts a reference up to three times, with everything
    /// inside.
    cost: usize,
    length: usize,
}

#[derive(Debug)]
struct Declared {
    entity: Entity,
    /// Whether something has referred to it: libxml2 then no longer looks at what its text refers
    /// to, nor whether it is well-formed content.
    is_followed: Cell<bool>,
}

/// Where a reference stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the value of an attribute.
    Value,
    /// In the text of a parameter entity.
    Parameter,
}

impl Entities {
    /// No entities yet; `length` is that of the file.
    pub(super) fn new(length: usize) -> Self {
        Self {
            table: HashMap::new(),
            is_open: false,
            budget: Cell::new(EXPANSION_FLOOR.max(length.saturating_mul(EXPANSION_FACTOR))),
            references: Cell::new(0),
            cost: Cell::new(0),
            declared: 0,
            is_inside: false,
        }
    }

    /// Declares an entity; the first declaration of a name counts, and none of a predefined name
    /// does.
    pub(super) fn declare(&mut self, name: &str, entity: Entity) {
        if plain_reference(name).is_some() || self.table.contains_key(name) {
            return;
        }
        if let Entity::Text(text) = &entity {
            self.count_declared(name, text);
        }
        let declared = Declared { entity, is_followed: Cell::new(false) };
        self.table.insert(name.to_owned(), declared);
    }

    /// Counts what declares an entity with a text, also a parameter entity, as read.
    pub(super) fn count_declared(&mut self, name: &str, text: &str) {
        // what stands in the text of a parameter entity is counted there
        if !self.is_inside {
            self.declared += DECLARATION + name.len() + text.len();
        }
    }

    /// The value of an attribute as libxml2 keeps it: character references replaced, `&` kept as
    /// `&#38;`, references to entities kept, white space made spaces. Places are offsets in `raw`.
    #[inline]
    pub(super) fn keep<'r>(&self, raw: &'r str) -> Result<Cow<'r, str>, Malformed> {
        if !raw.as_bytes().iter().any(is_special) {
            return Ok(Cow::Borrowed(raw));
        }
        self.keep_special(raw).map(Cow::Owned)
    }

    fn keep_special(&self, raw: &str) -> Result<String, Malformed> {
        let mut kept = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find(['<', '&', '\t', '\n', '\r']) {
            let here = raw.len() - rest.len() + at;
            kept.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            rest = match rest.as_bytes()[at] {
                b'<' => return Err(LESS_THAN.at(here)),
                b'&' => {
                    let (name, after) = reference(after).map_err(|why| why.at(here))?;
                    self.keep_reference(name, &mut kept).map_err(|why| why.at(here))?;
                    after
                }
                b'\r' if after.starts_with('\n') => after,
                _ => {
                    kept.push(' ');
                    after
                }
            };
        }
        kept.push_str(rest);
        Ok(kept)
    }

    fn keep_reference(&self, name: &str, kept: &mut String) -> Result<(), Why> {
        match plain_reference(name) {
            Some(Some('&')) => kept.push_str("&#38;"),
            Some(character) => kept.push(character.ok_or(NO_CHARACTER)?),
            None => {
                self.count()?;
                if let Some(text) = self.text(name) {
                    self.measure(text)?;
                }
                if self.follow(name, Place::Value)? {
                    kept.extend(["&", name, ";"]);
                }
            }
        }
        Ok(())
    }

    /// What a kept value is when it is asked for.
    #[inline]
    pub(super) fn resolve<'k>(&self, kept: Cow<'k, str>) -> Result<Cow<'k, str>, Why> {
        // what is borrowed held nothing to replace
        if matches!(kept, Cow::Borrowed(_)) || !kept.contains('&') {
            return Ok(kept);
        }
        let mut value = String::with_capacity(kept.len());
        self.resolve_into(&kept, &mut value)?;
        Ok(Cow::Owned(value))
    }

    fn resolve_into(&self, text: &str, value: &mut String) -> Result<(), Why> {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('&') {
            value.push_str(before);
            let (name, after) = reference(after)?;
            rest = after;
            if let Some(character) = plain_reference(name) {
                value.push(character.ok_or(NO_CHARACTER)?);
            } else if let Some(text) = self.text(name) {
                self.spend(text)?;
                self.resolve_into(text, value)?;
            }
        }
        value.push_str(rest);
        Ok(())
    }

    /// Whether every reference of a parameter entity's text leads somewhere; libxml2 looks when it
    /// meets the first reference to the parameter entity.
    pub(super) fn check_parameter(&self, text: &str) -> Result<(), Why> {
        self.spend(text)?;
        self.measure(text)?;
        self.follow_all(text, Place::Parameter)
    }

    /// Follows a reference into the text of its entity, which has been measured; gives whether it
    /// is declared.
    fn follow(&self, name: &str, place: Place) -> Result<bool, Why> {
        let Some(declared) = self.table.get(name) else {
            return self.undeclared().map(|()| false);
        };
        let was_followed = declared.is_followed.replace(true);
        let text = match &declared.entity {
            Entity::Unparsed => return Err(UNPARSED),
            Entity::Outside if place == Place::Value => return Err(OUTSIDE),
            Entity::Outside => return Ok(true),
            Entity::Text(text) => text,
        };
        if place == Place::Value && text.contains('<') {
            return Err(LESS_THAN);
        }
        // libxml2 looks inside only once
        let followed = self.follow_all(text, place);
        match was_followed {
            true => followed.map_err(|_| unsure::ENTITY_VALUE)?,
            false => followed?,
        }
        Ok(true)
    }

    fn follow_all(&self, text: &str, place: Place) -> Result<(), Why> {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('&') {
            let (name, after) = reference(after)?;
            rest = after;
            if let Some(character) = plain_reference(name) {
                character.ok_or(NO_CHARACTER)?;
            } else {
                self.follow(name, place)?;
            }
        }
        Ok(())
    }

    /// Makes sure that a text that is referred to stays far below what libxml2 takes for an attack.
    fn measure(&self, text: &str) -> Result<(), Why> {
        let Expansion { cost, length } = self.expansion(text, 0, &mut 0)?;
        let total = self.cost.get() + cost;
        self.cost.set(total);
        // libxml2 compares with what it has read so far, which is at least this
        let read = if self.is_inside { 3 } else { self.declared };
        let is_long = length >= SMALL_TEXT;
        let is_costly = |cost: usize| 3 * (cost + 1) >= EXPANSION_FACTOR * read;
        if is_costly(cost)
            || is_long && is_costly(total)
            || is_long && length >= EXPANSION_FACTOR * read
        {
            return Err(unsure::NESTED);
        }
        Ok(())
    }

    fn expansion(&self, text: &str, depth: usize, visited: &mut usize) -> Result<Expansion, Why> {
        self.spend(text)?;
        let mut whole = Expansion { cost: 0, length: text.len() };
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('&') {
            rest = after;
            let Ok((name, after)) = reference(after) else {
                continue;
            };
            rest = after;
            if plain_reference(name).is_some() {
                continue;
            }
            *visited += 1;
            if depth >= NESTING_LIMIT || *visited > NESTED_LIMIT {
                return Err(unsure::NESTED);
            }
            let part = match self.text(name) {
                Some(text) => self.expansion(text, depth + 1, visited)?,
                None => Expansion::default(),
            };
            whole.cost += 3 + 3 * part.cost;
            whole.length += part.length;
        }
        Ok(whole)
    }

    /// The text of an entity that stands in content, if the file holds one.
    pub(super) fn in_content(&self, name: &str) -> Result<Option<&str>, Why> {
        match plain_reference(name) {
            Some(Some(_)) => return Ok(None),
            Some(None) => return Err(NO_CHARACTER),
            None => self.count()?,
        }
        match self.table.get(name).map(|declared| &declared.entity) {
            None => self.undeclared().map(|()| None),
            Some(Entity::Unparsed) => Err(UNPARSED),
            Some(Entity::Outside) => Ok(None),
            Some(Entity::Text(text)) if text.contains('\r') => Err(unsure::CARRIAGE_RETURN),
            Some(Entity::Text(text)) => self.measure(text).map(|()| Some(text.as_str())),
        }
    }

    /// Whether an entity has been referred to before; from now on it has.
    pub(super) fn mark_followed(&self, name: &str) -> bool {
        let declared = self.table.get(name);
        declared.is_some_and(|declared| declared.is_followed.replace(true))
    }

    fn text(&self, name: &str) -> Option<&str> {
        match &self.table.get(name)?.entity {
            Entity::Text(text) => Some(text),
            Entity::Outside | Entity::Unparsed => None,
        }
    }

    fn undeclared(&self) -> Result<(), Why> {
        if !self.is_open {
            Err(UNDECLARED)
        } else if self.references.get() > TOLERANCE_LIMIT {
            Err(unsure::MANY_UNDECLARED)
        } else {
            Ok(())
        }
    }

    fn count(&self) -> Result<(), Why> {
        self.references.set(self.references.get() + 1);
        self.spend("")
    }

    /// Takes a step, and the bytes of a text, from what is left.
    fn spend(&self, text: &str) -> Result<(), Why> {
        let left = self.budget.get().checked_sub(text.len() + 1);
        self.budget.set(left.ok_or(unsure::TOO_MUCH_TEXT)?);
        Ok(())
    }
}

fn is_special(byte: &u8) -> bool {
    matches!(byte, b'<' | b'&' | b'\t' | b'\n' | b'\r')
}

/// The name of a reference behind its `&`, and what follows its `;`.
pub(super) fn reference(text: &str) -> Result<(&str, &str), Why> {
    let length = match text.strip_prefix('#') {
        Some(digits) => 1 + digits.bytes().take_while(u8::is_ascii_alphanumeric).count(),
        None => name_length(text),
    };
    let (name, rest) = text.split_at(length);
    match rest.strip_prefix(';') {
        Some(rest) if !name.is_empty() => Ok((name, rest)),
        _ => Err(Why::certain(BARE_AMPERSAND)),
    }
}

/// Makes runs of spaces one space and drops those at the ends, as values of every type but `CDATA`
/// are.
pub(super) fn collapse(kept: Cow<'_, str>) -> Cow<'_, str> {
    let is_collapsed = !kept.starts_with(' ') && !kept.ends_with(' ') && !kept.contains("  ");
    if is_collapsed {
        return kept;
    }
    let words: Vec<&str> = kept.split(' ').filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}
