//! A whole document: quick-xml's events, and what it lets pass and libxml2 does not.

use std::collections::HashSet;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::doctype::{BARE_AMPERSAND, Doctype};
use super::markup::{Attribute, Malformed, is_blank, name_length, tag};
use super::text::forbidden_character;

/// Deepest nesting that libxml2 reads.
const DEPTH_LIMIT: usize = 256;

/// Deepest nesting of entities in the content of entities, as in libxml2.
const ENTITY_LIMIT: usize = 40;

/// Skipped once, before the text is read.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The start of an element.
#[derive(Debug)]
pub(super) struct Element<'e> {
    /// 0 for the root.
    pub(super) depth: usize,
    /// The name as written, with its prefix.
    pub(super) name: &'e str,
    /// Offset of its `<`.
    pub(super) at: usize,
    pub(super) attributes: &'e [Attribute<'e>],
}

/// What a reader of the document is told, in order.
pub(super) trait Visitor {
    /// A DOCTYPE.
    fn doctype(&mut self, at: usize);
    /// An element starts.
    fn element(&mut self, element: &Element<'_>, doctype: &Doctype);
    /// Something else than white space and comments stands in an element.
    fn text(&mut self, depth: usize, at: usize);
}

/// Reads a text to its end, or to what makes it not well-formed.
pub(super) fn read(text: &str, visitor: &mut impl Visitor) -> Result<(), Malformed> {
    if let Some(at) = forbidden_character(text) {
        return Err(Malformed::new(at, "this character may not stand in XML"));
    }
    // quick-xml would skip it, and count from behind it.
    if text.starts_with(BYTE_ORDER_MARK) {
        return Err(Malformed::new(0, "a second byte order mark stands here"));
    }
    Document::new(text).read(visitor).map(drop)
}

struct Document<'t> {
    text: &'t str,
    doctype: Doctype,
    depth: usize,
    has_root: bool,
    has_doctype: bool,
    standalone: bool,
    /// Entities whose content was read, or is being read.
    seen: HashSet<String>,
    nesting: usize,
}

/// Somebody who only wants to know whether there is an error.
struct Nobody;

impl Visitor for Nobody {
    fn doctype(&mut self, _: usize) {}
    fn element(&mut self, _: &Element<'_>, _: &Doctype) {}
    fn text(&mut self, _: usize, _: usize) {}
}

impl<'t> Document<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            doctype: Doctype::default(),
            depth: 0,
            has_root: false,
            has_doctype: false,
            standalone: false,
            seen: HashSet::new(),
            nesting: 0,
        }
    }

    fn read(mut self, visitor: &mut impl Visitor) -> Result<Self, Malformed> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        reader.config_mut().expand_empty_elements = false;
        let mut attributes = Vec::new();
        loop {
            let at = position(reader.buffer_position());
            let event = reader.read_event().map_err(|_| {
                Malformed::new(
                    position(reader.error_position()).min(self.text.len()),
                    "the markup breaks here",
                )
            })?;
            let end = position(reader.buffer_position());
            let raw = self.text.get(at..end).unwrap_or_default();
            match event {
                Event::Start(_) => {
                    self.open(&raw[1..raw.len() - 1], at, &mut attributes, visitor)?;
                    self.depth += 1;
                }
                Event::Empty(_) => {
                    self.open(&raw[1..raw.len() - 2], at, &mut attributes, visitor)?;
                }
                Event::End(_) => self.close(raw, at)?,
                Event::Text(_) => self.characters(raw, at, visitor)?,
                Event::GeneralRef(_) => self.reference(raw, at, visitor)?,
                Event::CData(_) if self.depth == 0 => return Err(outside(at)),
                Event::CData(_) => visitor.text(self.depth, at),
                Event::Comment(_) => Self::comment(raw, at)?,
                Event::Decl(_) => self.declaration(raw, at)?,
                Event::PI(_) => Self::instruction(raw, at)?,
                Event::DocType(_) => self.document_type(raw, at, visitor)?,
                Event::Eof => return self.finish(at).map(|()| self),
            }
        }
    }

    fn open(
        &mut self,
        content: &'t str,
        at: usize,
        attributes: &mut Vec<Attribute<'t>>,
        visitor: &mut impl Visitor,
    ) -> Result<(), Malformed> {
        if self.depth == 0 && self.has_root {
            return Err(Malformed::new(at, "a second root element begins here"));
        }
        if self.depth >= DEPTH_LIMIT {
            return Err(Malformed::new(
                at,
                "elements nest deeper than a client reads",
            ));
        }
        self.has_root = true;
        let name = tag(content, at + 1, &self.doctype, attributes)?;
        let element = Element {
            depth: self.depth,
            name,
            at,
            attributes,
        };
        visitor.element(&element, &self.doctype);
        Ok(())
    }

    fn close(&mut self, raw: &str, at: usize) -> Result<(), Malformed> {
        let content = raw.get(2..raw.len().saturating_sub(1)).unwrap_or_default();
        if !content[name_length(content)..]
            .trim_start_matches(is_blank)
            .is_empty()
        {
            return Err(Malformed::new(at, "this end tag holds more than a name"));
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn characters(
        &self,
        raw: &str,
        at: usize,
        visitor: &mut impl Visitor,
    ) -> Result<(), Malformed> {
        let Some(first) = raw.find(|c| !is_blank(c)) else {
            return Ok(());
        };
        if self.depth == 0 {
            return Err(outside(at + first));
        }
        if let Some(end) = raw.find("]]>") {
            return Err(Malformed::new(at + end, "`]]>` may not stand in text"));
        }
        if let Some(ampersand) = raw.find('&') {
            return Err(Malformed::new(at + ampersand, BARE_AMPERSAND));
        }
        visitor.text(self.depth, at + first);
        Ok(())
    }

    fn reference(
        &mut self,
        raw: &str,
        at: usize,
        visitor: &mut impl Visitor,
    ) -> Result<(), Malformed> {
        if self.depth == 0 {
            return Err(outside(at));
        }
        let name = raw.get(1..raw.len() - 1).unwrap_or_default();
        let is_name = name_length(name) == name.len() && !name.is_empty();
        if !(is_name || name.starts_with('#'))
            || !self.doctype.allows_in_text(name, self.nesting > 0)
        {
            return Err(Malformed::new(at, "this entity is not declared"));
        }
        self.entity(name, at)?;
        visitor.text(self.depth, at);
        Ok(())
    }

    /// Reads the content of an entity, once; a client ignores what it holds, but not its mistakes.
    fn entity(&mut self, name: &str, at: usize) -> Result<(), Malformed> {
        let Some(content) = self.doctype.content(name) else {
            return Ok(());
        };
        let wrong = |()| Malformed::new(at, "the content of this entity is not well-formed");
        if self.nesting > ENTITY_LIMIT {
            return Err(wrong(()));
        }
        if !self.seen.insert(name.to_owned()) {
            return Ok(());
        }
        let wrapped = format!("<e>{content}</e>");
        let inner = Document {
            doctype: std::mem::take(&mut self.doctype),
            seen: std::mem::take(&mut self.seen),
            nesting: self.nesting + 1,
            has_doctype: true,
            ..Document::new(&wrapped)
        };
        let inner = inner.read(&mut Nobody).map_err(|_| wrong(()))?;
        self.doctype = inner.doctype;
        self.seen = inner.seen;
        Ok(())
    }

    fn comment(raw: &str, at: usize) -> Result<(), Malformed> {
        let content = raw.get(4..raw.len().saturating_sub(3)).unwrap_or_default();
        if content.contains("--") || content.ends_with('-') {
            return Err(Malformed::new(at, "`--` may not stand in a comment"));
        }
        Ok(())
    }

    fn instruction(raw: &str, at: usize) -> Result<(), Malformed> {
        let content = raw.get(2..raw.len().saturating_sub(2)).unwrap_or_default();
        let (target, rest) = content.split_at(name_length(content));
        let separated = rest.is_empty() || rest.starts_with(is_blank);
        if target.is_empty() || target.eq_ignore_ascii_case("xml") || !separated {
            return Err(Malformed::new(
                at,
                "this processing instruction has no name of its own",
            ));
        }
        Ok(())
    }

    /// `<?xml version="1.0" encoding="…" standalone="…"?>`, only at the very start.
    fn declaration(&mut self, raw: &str, at: usize) -> Result<(), Malformed> {
        let wrong = |what| Err(Malformed::new(at, what));
        if at != 0 {
            return wrong("an XML declaration stands at the very start or not at all");
        }
        let mut attributes = Vec::new();
        let content = raw.get(2..raw.len().saturating_sub(2)).unwrap_or_default();
        if content.contains('&') {
            return wrong("a reference stands in an XML declaration");
        }
        tag(content, 2, &self.doctype, &mut attributes)?;
        let mut rest = attributes.as_slice();
        match rest {
            [first, others @ ..] if first.name == "version" && is_version(&first.value) => {
                rest = others;
            }
            _ => return wrong("this declaration names no version first"),
        }
        if let [first, others @ ..] = rest
            && first.name == "encoding"
        {
            let starts = first.value.starts_with(|c: char| c.is_ascii_alphabetic());
            let rest_fits = first
                .value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
            if !starts || !rest_fits {
                return wrong("this declaration names no encoding");
            }
            rest = others;
        }
        if let [first, others @ ..] = rest
            && first.name == "standalone"
            && matches!(&*first.value, "yes" | "no")
        {
            self.standalone = first.value == "yes";
            rest = others;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            wrong("this declaration holds something unknown")
        }
    }

    fn document_type(
        &mut self,
        raw: &str,
        at: usize,
        visitor: &mut impl Visitor,
    ) -> Result<(), Malformed> {
        if self.has_root || self.has_doctype {
            return Err(Malformed::new(
                at,
                "a document type stands before the root, once",
            ));
        }
        let content = raw
            .strip_prefix("<!DOCTYPE")
            .and_then(|rest| rest.strip_suffix('>'));
        let Some(content) = content else {
            return Err(Malformed::new(at, "the markup breaks here"));
        };
        self.has_doctype = true;
        self.doctype = Doctype::read(content, at, self.standalone)?;
        visitor.doctype(at);
        Ok(())
    }

    fn finish(&self, at: usize) -> Result<(), Malformed> {
        if self.depth > 0 {
            return Err(Malformed::new(at, "the text ends inside an element"));
        }
        if !self.has_root {
            return Err(Malformed::new(at, "there is no element"));
        }
        Ok(())
    }
}

fn outside(at: usize) -> Malformed {
    Malformed::new(at, "text stands outside the root element")
}

fn is_version(version: &str) -> bool {
    version
        .strip_prefix("1.")
        .is_some_and(|minor| minor.bytes().all(|byte| byte.is_ascii_digit()))
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
