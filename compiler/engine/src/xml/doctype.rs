//! What a DOCTYPE declares. Nothing that it names outside the file is ever fetched.

use std::collections::HashMap;

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
    /// Defaults in the order declared: element, attribute, value.
    pub(super) defaults: Vec<(String, String, String)>,
    /// Whether something outside the file might declare more.
    pub(super) open_ended: bool,
}

impl Doctype {
    /// Reads what stands between `<!DOCTYPE` and `>`; `at` is its offset.
    pub(super) fn read(content: &str, at: usize) -> Result<Self, Malformed> {
        let mut doctype = Self::default();
        let start = content.trim_start_matches(is_blank);
        let length = name_length(start);
        if length == 0 || start.len() == content.len() {
            return Err(Malformed::new(at, "this document type has no name"));
        }
        let (external, subset) = match start[length..].split_once('[') {
            Some((external, subset)) => {
                let closed = subset.trim_end_matches(is_blank).strip_suffix(']');
                let missing = || Malformed::new(at, "this internal subset is not closed");
                (external, closed.ok_or_else(missing)?)
            }
            None => (&start[length..], ""),
        };
        doctype.open_ended = Self::external_id(external.trim_matches(is_blank), at)?;
        doctype.subset(subset, at)?;
        Ok(doctype)
    }

    /// Whether there is an external identifier.
    fn external_id(text: &str, at: usize) -> Result<bool, Malformed> {
        if text.is_empty() {
            return Ok(false);
        }
        let wrong = || Malformed::new(at, "this external identifier is not complete");
        let (literals, rest) = match (text.strip_prefix("SYSTEM"), text.strip_prefix("PUBLIC")) {
            (Some(rest), _) => (1, rest),
            (_, Some(rest)) => (2, rest),
            _ => return Err(wrong()),
        };
        let mut rest = rest;
        for _ in 0..literals {
            let start = rest.trim_start_matches(is_blank);
            if start.len() == rest.len() {
                return Err(wrong());
            }
            rest = literal(start).ok_or_else(wrong)?.1;
        }
        if rest.trim_matches(is_blank).is_empty() {
            Ok(true)
        } else {
            Err(wrong())
        }
    }

    fn subset(&mut self, mut rest: &str, at: usize) -> Result<(), Malformed> {
        let wrong = || Malformed::new(at, "this declaration is not understood");
        loop {
            rest = rest.trim_start_matches(is_blank);
            rest = if rest.is_empty() {
                return Ok(());
            } else if let Some(comment) = rest.strip_prefix("<!--") {
                comment
                    .split_once("--")
                    .and_then(|(_, end)| end.strip_prefix('>'))
                    .ok_or_else(wrong)?
            } else if let Some(instruction) = rest.strip_prefix("<?") {
                instruction.split_once("?>").ok_or_else(wrong)?.1
            } else if let Some(reference) = rest.strip_prefix('%') {
                self.open_ended = true;
                reference.split_once(';').ok_or_else(wrong)?.1
            } else {
                self.declaration(rest).ok_or_else(wrong)?
            };
        }
    }

    /// Reads one `<!…>`; gives what follows it.
    fn declaration<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if let Some(entity) = text.strip_prefix("<!ENTITY") {
            return self.entity(entity);
        }
        if let Some(list) = text.strip_prefix("<!ATTLIST") {
            return self.attribute_list(list);
        }
        let is_known = text.starts_with("<!ELEMENT") || text.starts_with("<!NOTATION");
        is_known
            .then(|| text.split_once('>'))
            .flatten()
            .map(|(_, rest)| rest)
    }

    fn entity<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let start = text.strip_prefix(is_blank)?.trim_start_matches(is_blank);
        if let Some(parameter) = start.strip_prefix('%') {
            return parameter.split_once('>').map(|(_, rest)| rest);
        }
        let (name, rest) = start.split_at(name_length(start));
        let definition = rest.strip_prefix(is_blank)?.trim_start_matches(is_blank);
        if name.is_empty() {
            return None;
        }
        let (replacement, rest) = match literal(definition) {
            Some((value, rest)) => (
                Some(value.to_owned()),
                rest.trim_start_matches(is_blank).strip_prefix('>')?,
            ),
            None if definition.starts_with("SYSTEM") || definition.starts_with("PUBLIC") => {
                (None, definition.split_once('>')?.1)
            }
            None => return None,
        };
        self.entities.entry(name.to_owned()).or_insert(replacement);
        Some(rest)
    }

    fn attribute_list<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let (body, rest) = split_outside_quotes(text)?;
        let mut words = body.split(is_blank).filter(|word| !word.is_empty());
        let element = words.next()?.to_owned();
        let mut body =
            body.trim_start_matches(is_blank)[element.len()..].trim_start_matches(is_blank);
        while !body.is_empty() {
            let (name, after) = body.split_at(name_length(body));
            if name.is_empty() {
                return None;
            }
            let after =
                attribute_type(after.trim_start_matches(is_blank))?.trim_start_matches(is_blank);
            body = if let Some(fixed) = ["#REQUIRED", "#IMPLIED"]
                .iter()
                .find_map(|word| after.strip_prefix(word))
            {
                fixed
            } else {
                let after = after
                    .strip_prefix("#FIXED")
                    .unwrap_or(after)
                    .trim_start_matches(is_blank);
                let (value, rest) = literal(after)?;
                self.defaults
                    .push((element.clone(), name.to_owned(), value.to_owned()));
                rest
            }
            .trim_start_matches(is_blank);
        }
        Some(rest)
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

    /// Whether a reference may stand in text.
    pub(super) fn allows_in_text(&self, name: &str) -> bool {
        match plain_reference(name) {
            Some(character) => character.is_some(),
            None => self.open_ended || self.entities.contains_key(name),
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

/// The quoted text that a text begins with, and what follows.
fn literal(text: &str) -> Option<(&str, &str)> {
    let quote = text
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    text[1..].split_once(quote)
}

/// Splits at the first `>` that stands in no quotes.
fn split_outside_quotes(text: &str) -> Option<(&str, &str)> {
    let mut open = None;
    for (at, c) in text.char_indices() {
        match (open, c) {
            (None, '>') => return Some((&text[..at], &text[at + 1..])),
            (None, '"' | '\'') => open = Some(c),
            (Some(quote), c) if quote == c => open = None,
            _ => {}
        }
    }
    None
}

/// Skips an attribute's type: a word, or names in parentheses.
fn attribute_type(text: &str) -> Option<&str> {
    let text = text
        .strip_prefix("NOTATION")
        .map_or(text, |rest| rest.trim_start_matches(is_blank));
    if text.starts_with('(') {
        return text.split_once(')').map(|(_, rest)| rest);
    }
    text.find(is_blank)
        .filter(|at| *at > 0)
        .map(|at| &text[at..])
}
