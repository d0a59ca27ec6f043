//! What a DOCTYPE declares. Nothing that it names outside the file is ever fetched.

mod cursor;
mod declaration;

use std::collections::HashMap;

use cursor::Cursor;
use declaration::Definition;

use super::markup::{Malformed, is_blank, name_length, plain_reference};

/// Most bytes that all references of one value may become.
const EXPANSION_LIMIT: usize = 1 << 20;

/// Deepest nesting of entities inside entities.
const DEPTH_LIMIT: usize = 40;

/// Entities and default attributes.
#[derive(Clone, Debug, Default)]
pub(super) struct Doctype {
    /// Replacement texts; `None` is declared outside the file.
    entities: HashMap<String, Option<String>>,
    /// Texts that stand for declarations.
    parameters: HashMap<String, Option<String>>,
    /// Defaults in the order declared: element, attribute, value.
    pub(super) defaults: Vec<(String, String, String)>,
    /// Whether something outside the file might declare more.
    pub(super) open_ended: bool,
    /// Whether the file says that nothing does.
    standalone: bool,
}

impl Doctype {
    /// Reads what stands between `<!DOCTYPE` and `>`; `at` is its offset.
    pub(super) fn read(content: &str, at: usize, standalone: bool) -> Result<Self, Malformed> {
        let mut doctype = Self::default();
        let wrong = || Malformed::new(at, "this document type is not understood");
        let subset = doctype.head(content).ok_or_else(wrong)?;
        doctype.standalone = standalone;
        doctype.open_ended &= !standalone;
        doctype.subset(subset, 0).ok_or_else(wrong)?;
        Ok(doctype)
    }

    /// The name and the external identifier; gives the internal subset.
    fn head<'t>(&mut self, content: &'t str) -> Option<&'t str> {
        let mut cursor = Cursor { rest: content };
        cursor.gap()?;
        cursor.name()?;
        cursor.blanks();
        if cursor.rest.starts_with(['S', 'P']) {
            declaration::external_id(&mut cursor, false)?;
            self.open_ended = true;
            cursor.blanks();
        }
        if cursor.rest.is_empty() {
            return Some("");
        }
        cursor.expect("[")?;
        cursor.rest.trim_end_matches(is_blank).strip_suffix(']')
    }

    fn subset(&mut self, text: &str, depth: usize) -> Option<()> {
        if depth > DEPTH_LIMIT {
            return None;
        }
        let mut cursor = Cursor { rest: text };
        loop {
            cursor.blanks();
            if cursor.rest.is_empty() {
                return Some(());
            } else if cursor.takes("<!--") {
                cursor.until("--")?;
                cursor.expect(">")?;
            } else if cursor.takes("<?") {
                let target = cursor.name()?;
                let separated = cursor.blanks() || cursor.rest.starts_with("?>");
                cursor.until("?>")?;
                if !separated || target.eq_ignore_ascii_case("xml") {
                    return None;
                }
            } else if cursor.takes("%") {
                let name = cursor.name()?;
                cursor.expect(";")?;
                self.parameter(name, depth)?;
            } else if cursor.takes("<!ELEMENT") {
                declaration::element(&mut cursor)?;
            } else if cursor.takes("<!NOTATION") {
                declaration::notation(&mut cursor)?;
            } else if cursor.takes("<!ATTLIST") {
                self.attribute_list(&mut cursor)?;
            } else {
                cursor.expect("<!ENTITY")?;
                self.entity(&mut cursor)?;
            }
        }
    }

    /// A parameter entity stands for its declarations; one outside the file might declare anything.
    fn parameter(&mut self, name: &str, depth: usize) -> Option<()> {
        let known = self.parameters.get(name).cloned();
        if known.is_none() && !self.open_ended {
            return None;
        }
        self.open_ended = !self.standalone;
        match known.flatten() {
            Some(text) => self.subset(&text, depth + 1),
            None => Some(()),
        }
    }

    fn entity(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        let (is_parameter, name, definition) = declaration::entity(cursor)?;
        let text = match definition {
            Definition::Text(text) => Some(text),
            Definition::Outside => None,
        };
        let known = if is_parameter {
            &mut self.parameters
        } else {
            &mut self.entities
        };
        known.entry(name.to_owned()).or_insert(text);
        Some(())
    }

    fn attribute_list(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.gap()?;
        let element = cursor.name()?;
        loop {
            let is_separated = cursor.blanks();
            if cursor.takes(">") {
                return Some(());
            }
            if !is_separated {
                return None;
            }
            if let (name, Some(default)) = declaration::attribute(cursor)? {
                let mut value = String::new();
                self.expand(default, 0, &mut value).ok()?;
                self.defaults
                    .push((element.to_owned(), name.to_owned(), default.to_owned()));
            }
        }
    }

    /// Replaces the references of a value and makes its white space spaces.
    pub(super) fn expand(&self, raw: &str, at: usize, out: &mut String) -> Result<(), Malformed> {
        self.expand_nested(raw, at, out, 0)
    }

    fn expand_nested(
        &self,
        raw: &str,
        at: usize,
        out: &mut String,
        depth: usize,
    ) -> Result<(), Malformed> {
        if depth > DEPTH_LIMIT || out.len() > EXPANSION_LIMIT {
            return Err(Malformed::new(at, "these references become too much text"));
        }
        let mut rest = raw;
        while let Some(special) = rest.find(['<', '&', '\t', '\n', '\r']) {
            let here = if depth == 0 {
                at + raw.len() - rest.len() + special
            } else {
                at
            };
            out.push_str(&rest[..special]);
            let after = &rest[special + 1..];
            rest = match rest.as_bytes()[special] {
                b'<' => return Err(Malformed::new(here, "a bare `<` stands in a value")),
                b'&' => {
                    let (name, after) =
                        reference(after).ok_or(Malformed::new(here, BARE_AMPERSAND))?;
                    self.replace(name, here, out, depth)?;
                    after
                }
                b'\r' if after.starts_with('\n') => after,
                _ => {
                    out.push(' ');
                    after
                }
            };
        }
        out.push_str(rest);
        Ok(())
    }

    fn replace(
        &self,
        name: &str,
        at: usize,
        out: &mut String,
        depth: usize,
    ) -> Result<(), Malformed> {
        if let Some(plain) = plain_reference(name) {
            out.push(plain.ok_or(Malformed::new(
                at,
                "this reference names no character that may stand here",
            ))?);
            return Ok(());
        }
        match self.entities.get(name) {
            Some(Some(text)) => self.expand_nested(text, at, out, depth + 1),
            Some(None) => Err(Malformed::new(at, "this entity lies outside the file")),
            None if self.open_ended => Ok(()),
            None => Err(Malformed::new(at, "this entity is not declared")),
        }
    }

    /// The text of an entity that is declared in the file.
    pub(super) fn content(&self, name: &str) -> Option<&str> {
        let is_plain = plain_reference(name).is_some();
        let text = self.entities.get(name).filter(|_| !is_plain)?;
        text.as_deref()
    }

    /// Whether a reference may stand in text; in the text of an entity, only to what is declared in the file.
    pub(super) fn allows_in_text(&self, name: &str, in_entity: bool) -> bool {
        match plain_reference(name) {
            Some(character) => character.is_some(),
            None => self.open_ended && !in_entity || self.entities.contains_key(name),
        }
    }
}

/// What is said of an `&` that begins no reference.
pub(super) const BARE_AMPERSAND: &str = "a bare `&` stands here; `&amp;` is meant";

/// The name of a reference up to its `;`, and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(';')?;
    let is_name = !name.is_empty() && name_length(name) == name.len();
    (is_name || name.starts_with('#')).then_some((name, rest))
}
