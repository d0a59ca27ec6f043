//! General entities, and what references become in the value of an attribute.
//!
//! libxml2 reads a value in two steps, and so does this file. Parsing normalizes white space and
//! stores references to entities unresolved ([`Entities::parse_value`]); reading the value resolves
//! them ([`Entities::resolve`]). White space that comes out of an entity is therefore never
//! normalized, and a default value, which only the first step processes, keeps its references.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use super::malformed::{Malformed, Reason, uncertain};
use super::references::{Reference, classify, split_reference};

/// Fewest bytes of entity text that a file may expand to; a longer file may expand to
/// [`EXPANSION_FACTOR`] times its own length.
const EXPANSION_FLOOR: usize = 1 << 20;

/// libxml2 rejects texts that grow by more than this factor.
const EXPANSION_FACTOR: usize = 10;

/// Deepest nesting of entities inside entities; libxml2 stops at 40 levels.
pub(super) const NESTING_LIMIT: usize = 8;

/// Most references inside the text of one reference, at all levels.
const NESTED_LIMIT: usize = 64;

/// Length of the declaration of an entity, without its name and its value.
const DECLARATION: usize = r#"<!ENTITY  "">"#.len();

/// Expanded texts below this length are never too long for libxml2.
const SMALL_TEXT: usize = 1000;

/// References after which an undeclared entity is no longer tolerated; libxml2 counts some of them
/// several times, and stops at 10,000.
const TOLERANCE_LIMIT: usize = 1000;

const UNDECLARED: Reason = Reason::certain("this entity is not declared");
const LESS_THAN: Reason = Reason::certain("a value contains a bare `<`");
const NO_CHARACTER: Reason = Reason::certain("XML does not allow the character of this reference");
const OUTSIDE: Reason = Reason::certain("this entity is outside the file");
const UNPARSED: Reason = Reason::certain("this entity is not declared as text");

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
    /// By name.
    table: HashMap<String, DeclaredEntity>,
    /// Whether something outside the file might declare more, so that an undeclared entity is not
    /// an error.
    pub(super) is_incomplete: bool,
    /// Bytes that references may still expand to, over the whole file.
    budget: Cell<usize>,
    /// References so far.
    references: Cell<usize>,
    /// The cost of all references so far, see [`Expansion`].
    total_cost: Cell<usize>,
    /// Bytes of the file that declare entities with a text.
    declared_bytes: usize,
    /// Whether the text of an entity is being read. libxml2 then compares with the length of that
    /// text instead of the file's.
    pub(super) is_inside_entity: bool,
}

/// What a text becomes when its references are replaced.
#[derive(Clone, Copy, Default)]
struct Expansion {
    /// At least what libxml2 counts. It counts a reference up to three times, with everything
    /// inside.
    cost: usize,
    /// In bytes.
    length: usize,
}

/// The first declaration of an entity, which is the one that counts.
#[derive(Debug)]
struct DeclaredEntity {
    entity: Entity,
    /// Whether a reference to it has been followed: libxml2 then no longer looks at the references
    /// in its text, nor whether the text is well-formed content.
    is_followed: Cell<bool>,
}

/// Where a reference occurs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    /// In the value of an attribute.
    Value,
    /// In the text of a parameter entity.
    Parameter,
}

impl Entities {
    /// No entities yet; `length` is that of the file, in bytes.
    pub(super) fn new(length: usize) -> Self {
        Self {
            table: HashMap::new(),
            is_incomplete: false,
            budget: Cell::new(EXPANSION_FLOOR.max(length.saturating_mul(EXPANSION_FACTOR))),
            references: Cell::new(0),
            total_cost: Cell::new(0),
            declared_bytes: 0,
            is_inside_entity: false,
        }
    }

    /// Declares an entity. The first declaration of a name counts; predefined names cannot be
    /// declared.
    pub(super) fn declare(&mut self, name: &str, entity: Entity) {
        if classify(name) != Reference::Entity || self.table.contains_key(name) {
            return;
        }
        if let Entity::Text(text) = &entity {
            self.count_declared(name, text);
        }
        let declared = DeclaredEntity { entity, is_followed: Cell::new(false) };
        self.table.insert(name.to_owned(), declared);
    }

    /// Counts the bytes of the declaration of a general or parameter entity as read.
    pub(super) fn count_declared(&mut self, name: &str, text: &str) {
        // the text of the parameter entity around it has been counted already
        if !self.is_inside_entity {
            self.declared_bytes += DECLARATION + name.len() + text.len();
        }
    }

    /// The value of an attribute as libxml2 stores it: character references replaced, `&` stored as
    /// `&#38;`, references to entities unresolved, white space replaced by spaces. Offsets of
    /// errors are offsets in `raw`.
    #[inline]
    pub(super) fn parse_value<'r>(&self, raw: &'r str) -> Result<Cow<'r, str>, Malformed> {
        if !raw.as_bytes().iter().any(is_special) {
            return Ok(Cow::Borrowed(raw));
        }
        self.parse_special(raw).map(Cow::Owned)
    }

    fn parse_special(&self, raw: &str) -> Result<String, Malformed> {
        let mut stored = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find(['<', '&', '\t', '\n', '\r']) {
            let here = raw.len() - rest.len() + at;
            stored.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            rest = match rest.as_bytes()[at] {
                b'<' => return Err(LESS_THAN.at(here)),
                b'&' => {
                    let (name, after) = split_reference(after).map_err(|reason| reason.at(here))?;
                    self.parse_reference(name, &mut stored).map_err(|reason| reason.at(here))?;
                    after
                }
                b'\r' if after.starts_with('\n') => after,
                _ => {
                    stored.push(' ');
                    after
                }
            };
        }
        stored.push_str(rest);
        Ok(stored)
    }

    fn parse_reference(&self, name: &str, stored: &mut String) -> Result<(), Reason> {
        match classify(name) {
            Reference::Character('&') => stored.push_str("&#38;"),
            Reference::Character(character) => stored.push(character),
            Reference::Invalid => return Err(NO_CHARACTER),
            Reference::Entity => {
                self.count_reference()?;
                if let Some(text) = self.text(name) {
                    self.check_expansion(text)?;
                }
                if self.follow(name, Context::Value)? {
                    stored.extend(["&", name, ";"]);
                }
            }
        }
        Ok(())
    }

    /// The value of an attribute, from its stored form.
    #[inline]
    pub(super) fn resolve<'k>(&self, stored: Cow<'k, str>) -> Result<Cow<'k, str>, Reason> {
        // a borrowed value had nothing to replace
        if matches!(stored, Cow::Borrowed(_)) || !stored.contains('&') {
            return Ok(stored);
        }
        let mut value = String::with_capacity(stored.len());
        self.resolve_into(&stored, &mut value)?;
        Ok(Cow::Owned(value))
    }

    fn resolve_into(&self, text: &str, value: &mut String) -> Result<(), Reason> {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('&') {
            value.push_str(before);
            let (name, after) = split_reference(after)?;
            rest = after;
            match classify(name) {
                Reference::Character(character) => value.push(character),
                Reference::Invalid => return Err(NO_CHARACTER),
                Reference::Entity => {
                    if let Some(text) = self.text(name) {
                        self.spend_budget(text)?;
                        self.resolve_into(text, value)?;
                    }
                }
            }
        }
        value.push_str(rest);
        Ok(())
    }

    /// Checks every reference in the text of a parameter entity; libxml2 does so at the first
    /// reference to the parameter entity.
    pub(super) fn check_parameter(&self, text: &str) -> Result<(), Reason> {
        self.spend_budget(text)?;
        self.check_expansion(text)?;
        self.follow_all(text, Context::Parameter)
    }

    /// Follows a reference into the text of its entity, whose expansion has been checked; returns
    /// whether the entity is declared.
    fn follow(&self, name: &str, context: Context) -> Result<bool, Reason> {
        let Some(declared) = self.table.get(name) else {
            return self.check_undeclared().map(|()| false);
        };
        let was_followed = declared.is_followed.replace(true);
        let text = match &declared.entity {
            Entity::Unparsed => return Err(UNPARSED),
            Entity::Outside if context == Context::Value => return Err(OUTSIDE),
            Entity::Outside => return Ok(true),
            Entity::Text(text) => text,
        };
        if context == Context::Value && text.contains('<') {
            return Err(LESS_THAN);
        }
        // libxml2 looks inside only once
        let followed = self.follow_all(text, context);
        match was_followed {
            true => followed.map_err(|_| uncertain::ENTITY_VALUE)?,
            false => followed?,
        }
        Ok(true)
    }

    fn follow_all(&self, text: &str, context: Context) -> Result<(), Reason> {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('&') {
            let (name, after) = split_reference(after)?;
            rest = after;
            match classify(name) {
                Reference::Character(_) => {}
                Reference::Invalid => return Err(NO_CHARACTER),
                Reference::Entity => _ = self.follow(name, context)?,
            }
        }
        Ok(())
    }

    /// Makes sure that the expansion of a text stays far below what libxml2 takes for an attack.
    fn check_expansion(&self, text: &str) -> Result<(), Reason> {
        let Expansion { cost, length } = self.expansion(text, 0, &mut 0)?;
        let total = self.total_cost.get() + cost;
        self.total_cost.set(total);
        // libxml2 compares with what it has read so far, which is at least this
        let read = if self.is_inside_entity { 3 } else { self.declared_bytes };
        let is_long = length >= SMALL_TEXT;
        let is_costly = |cost: usize| 3 * (cost + 1) >= EXPANSION_FACTOR * read;
        if is_costly(cost)
            || is_long && is_costly(total)
            || is_long && length >= EXPANSION_FACTOR * read
        {
            return Err(uncertain::NESTED);
        }
        Ok(())
    }

    fn expansion(
        &self,
        text: &str,
        depth: usize,
        visited: &mut usize,
    ) -> Result<Expansion, Reason> {
        self.spend_budget(text)?;
        let mut whole = Expansion { cost: 0, length: text.len() };
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('&') {
            rest = after;
            let Ok((name, after)) = split_reference(after) else {
                continue;
            };
            rest = after;
            if classify(name) != Reference::Entity {
                continue;
            }
            *visited += 1;
            if depth >= NESTING_LIMIT || *visited > NESTED_LIMIT {
                return Err(uncertain::NESTED);
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

    /// The text of an entity that is referred to in content, if the file has it.
    pub(super) fn text_in_content(&self, name: &str) -> Result<Option<&str>, Reason> {
        match classify(name) {
            Reference::Character(_) => return Ok(None),
            Reference::Invalid => return Err(NO_CHARACTER),
            Reference::Entity => self.count_reference()?,
        }
        match self.table.get(name).map(|declared| &declared.entity) {
            None => self.check_undeclared().map(|()| None),
            Some(Entity::Unparsed) => Err(UNPARSED),
            Some(Entity::Outside) => Ok(None),
            Some(Entity::Text(text)) if text.contains('\r') => Err(uncertain::CARRIAGE_RETURN),
            Some(Entity::Text(text)) => self.check_expansion(text).map(|()| Some(text.as_str())),
        }
    }

    /// Marks an entity as followed; returns whether it was before.
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

    /// Whether a reference to an entity that is not declared is tolerated.
    fn check_undeclared(&self) -> Result<(), Reason> {
        if !self.is_incomplete {
            Err(UNDECLARED)
        } else if self.references.get() > TOLERANCE_LIMIT {
            Err(uncertain::MANY_UNDECLARED)
        } else {
            Ok(())
        }
    }

    fn count_reference(&self) -> Result<(), Reason> {
        self.references.set(self.references.get() + 1);
        self.spend_budget("")
    }

    /// Subtracts the bytes of a text, and one for the step, from the budget.
    fn spend_budget(&self, text: &str) -> Result<(), Reason> {
        let left = self.budget.get().checked_sub(text.len() + 1);
        self.budget.set(left.ok_or(uncertain::TOO_MUCH_TEXT)?);
        Ok(())
    }
}

fn is_special(byte: &u8) -> bool {
    matches!(byte, b'<' | b'&' | b'\t' | b'\n' | b'\r')
}

/// Replaces runs of spaces by one space and removes those at the ends, as in values of every type
/// except `CDATA`.
pub(super) fn collapse(stored: Cow<'_, str>) -> Cow<'_, str> {
    let is_collapsed = !stored.starts_with(' ') && !stored.ends_with(' ') && !stored.contains("  ");
    if is_collapsed {
        return stored;
    }
    let words: Vec<&str> = stored.split(' ').filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}
