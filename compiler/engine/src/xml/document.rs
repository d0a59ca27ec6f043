//! A whole document: the events of quick-xml, and the checks of libxml2 that quick-xml omits.

use std::collections::HashSet;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::doctype::{DOCTYPE, Doctype};
use super::entities::Entities;
use super::malformed::{Malformed, Reason, uncertain};
use super::names::{NAME_LIMIT, is_blank, name_length};
use super::references::{BARE_AMPERSAND, split_reference};
use super::tag::{Attribute, tag};
use super::text::forbidden_character;

/// Deepest nesting that libxml2 reads.
const DEPTH_LIMIT: usize = 256;

/// Longest piece of markup or text, in bytes; libxml2 stops at 10 million.
const PIECE_LIMIT: usize = 9_999_000;

/// [`prepare`](super::text::prepare) skips one at the start of a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The start of an element.
#[derive(Debug)]
pub(super) struct Element<'e> {
    /// Elements around it: 0 for the root.
    pub(super) depth: usize,
    /// The name as written, with its prefix.
    pub(super) name: &'e str,
    /// Byte offset of its `<`.
    pub(super) at: usize,
    pub(super) attributes: &'e [Attribute<'e>],
}

/// Receives the parts of a document, in order. Offsets are byte offsets in the text.
pub(super) trait Visitor {
    /// A DOCTYPE begins.
    fn doctype(&mut self, at: usize);
    /// An element begins.
    fn element(&mut self, element: &Element<'_>, doctype: &Doctype);
    /// An element holds text other than white space and comments.
    fn text(&mut self, depth: usize, at: usize);
}

/// Reads a text to its end, or to what makes it not well-formed.
pub(super) fn read(text: &str, visitor: &mut impl Visitor) -> Result<(), Malformed> {
    if let Some(at) = forbidden_character(text) {
        return Err(Malformed::new(at, "XML does not allow this character"));
    }
    // quick-xml would skip it, and count offsets from after it
    if text.starts_with(BYTE_ORDER_MARK) {
        return Err(Malformed::new(0, "this is a second byte order mark"));
    }
    Document::new(text, Doctype::none(text.len())).read(visitor).map(drop)
}

struct Document<'t> {
    text: &'t str,
    doctype: Doctype,
    /// Open elements.
    depth: usize,
    has_root: bool,
    has_doctype: bool,
    /// Whether the XML declaration has `standalone="yes"`.
    is_standalone: bool,
    /// Bytes of text since the last markup.
    text_length: usize,
    entities: EntityReader,
}

/// The entities that were read as content.
#[derive(Default)]
struct EntityReader {
    /// Names of all of them.
    read: HashSet<String>,
    /// Names of those being read, the outermost first.
    reading: Vec<String>,
}

impl EntityReader {
    /// Starts reading the content of an entity; returns false when that was done before.
    fn enter(&mut self, name: &str) -> Result<bool, Reason> {
        if self.reading.iter().any(|other| other == name) {
            return Err(LOOP);
        }
        let is_new = self.read.insert(name.to_owned());
        if is_new {
            self.reading.push(name.to_owned());
        }
        Ok(is_new)
    }
}

const LOOP: Reason = Reason::certain("this entity refers to itself");

/// Ignores everything: the reader only looks for errors.
struct Discard;

impl Visitor for Discard {
    fn doctype(&mut self, _: usize) {}
    fn element(&mut self, _: &Element<'_>, _: &Doctype) {}
    fn text(&mut self, _: usize, _: usize) {}
}

impl<'t> Document<'t> {
    fn new(text: &'t str, doctype: Doctype) -> Self {
        Self {
            text,
            doctype,
            depth: 0,
            has_root: false,
            has_doctype: false,
            is_standalone: false,
            text_length: 0,
            entities: EntityReader::default(),
        }
    }

    fn read(mut self, visitor: &mut impl Visitor) -> Result<Self, Malformed> {
        let mut base = 0;
        let mut reader = new_reader(self.text);
        let mut attributes = Vec::new();
        loop {
            let at = base + position(reader.buffer_position());
            if self.may_declare() && self.text[at..].starts_with(DOCTYPE) {
                base = self.document_type(at, visitor)?;
                reader = new_reader(&self.text[base..]);
                continue;
            }
            let event = reader.read_event().map_err(|_| {
                let at = base + position(reader.error_position());
                Malformed::new(at.min(self.text.len()), "this markup is malformed")
            })?;
            let end = base + position(reader.buffer_position());
            let raw = self.text.get(at..end).unwrap_or_default();
            self.check_length(&event, raw, at)?;
            match event {
                Event::Start(_) => {
                    self.start_tag(&raw[1..raw.len() - 1], at, &mut attributes, visitor)?;
                    self.depth += 1;
                }
                Event::Empty(_) => {
                    self.start_tag(&raw[1..raw.len() - 2], at, &mut attributes, visitor)?;
                }
                Event::End(_) => self.end_tag(raw, at)?,
                Event::Text(_) => self.characters(raw, at, visitor)?,
                Event::GeneralRef(_) => self.reference(raw, at, visitor)?,
                Event::CData(_) if self.depth == 0 => return Err(outside(at)),
                Event::CData(_) => visitor.text(self.depth, at),
                Event::Comment(_) => Self::comment(raw, at)?,
                Event::Decl(_) => self.declaration(raw, at)?,
                Event::PI(_) => Self::instruction(raw, at)?,
                Event::DocType(_) => {
                    let what = "a document type is allowed once, before the root element";
                    return Err(Malformed::new(at, what));
                }
                Event::Eof => return self.finish(at).map(|()| self),
            }
        }
    }

    fn may_declare(&self) -> bool {
        !self.has_root && !self.has_doctype
    }

    /// Rejects markup and text that are too long for libxml2.
    fn check_length(&mut self, event: &Event<'_>, raw: &str, at: usize) -> Result<(), Malformed> {
        self.text_length = match event {
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => self.text_length + raw.len(),
            _ => 0,
        };
        if raw.len().max(self.text_length) > PIECE_LIMIT {
            return Err(uncertain::TOO_LONG.at(at));
        }
        Ok(())
    }

    fn start_tag(
        &mut self,
        content: &'t str,
        at: usize,
        attributes: &mut Vec<Attribute<'t>>,
        visitor: &mut impl Visitor,
    ) -> Result<(), Malformed> {
        if self.depth == 0 && self.has_root {
            return Err(Malformed::new(at, "this is a second root element"));
        }
        if self.depth >= DEPTH_LIMIT {
            return Err(Malformed::new(at, "elements are nested deeper than a client reads"));
        }
        self.has_root = true;
        let name = tag(content, at + 1, &self.doctype, attributes)?;
        let element = Element { depth: self.depth, name, at, attributes };
        visitor.element(&element, &self.doctype);
        Ok(())
    }

    fn end_tag(&mut self, raw: &str, at: usize) -> Result<(), Malformed> {
        let content = raw.get(2..raw.len().saturating_sub(1)).unwrap_or_default();
        if !content[name_length(content)..].trim_start_matches(is_blank).is_empty() {
            return Err(Malformed::new(at, "this end tag has more than a name"));
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
            return Err(Malformed::new(at + end, "`]]>` is not allowed in text"));
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
        let (name, _) = split_reference(&raw[1..]).map_err(|reason| reason.at(at))?;
        self.entity(name).map_err(|reason| reason.at(at))?;
        visitor.text(self.depth, at);
        Ok(())
    }

    /// Reads the content of an entity, once; a client ignores the content, but not errors in it.
    fn entity(&mut self, name: &str) -> Result<(), Reason> {
        let Some(content) = self.doctype.entities.text_in_content(name)? else {
            return Ok(());
        };
        if !self.entities.enter(name)? {
            return Ok(());
        }
        let was_followed = self.doctype.entities.mark_followed(name);
        let wrapped = format!("<e>{content}</e>");
        self.nested(&wrapped).map_err(|malformed| match malformed.reason {
            _ if was_followed => uncertain::ENTITY_CONTENT,
            reason if reason == LOOP || !reason.is_certain => reason,
            _ => Reason::certain("the content of this entity is not well-formed"),
        })?;
        self.entities.reading.pop();
        Ok(())
    }

    /// Reads a text as a separate document, with the declarations of this one.
    fn nested(&mut self, text: &str) -> Result<(), Malformed> {
        let doctype = std::mem::replace(&mut self.doctype, Doctype::none(0));
        let Entities { is_incomplete, is_inside_entity, .. } = doctype.entities;
        let mut inner = Document::new(text, doctype);
        // inside an entity, libxml2 insists on a declaration for every entity
        inner.doctype.entities.is_incomplete = false;
        inner.doctype.entities.is_inside_entity = true;
        inner.has_doctype = true;
        inner.entities = std::mem::take(&mut self.entities);
        let inner = inner.read(&mut Discard)?;
        self.doctype = inner.doctype;
        self.doctype.entities.is_incomplete = is_incomplete;
        self.doctype.entities.is_inside_entity = is_inside_entity;
        self.entities = inner.entities;
        Ok(())
    }

    fn comment(raw: &str, at: usize) -> Result<(), Malformed> {
        let content = raw.get(4..raw.len().saturating_sub(3)).unwrap_or_default();
        if content.contains("--") || content.ends_with('-') {
            return Err(Malformed::new(at, "`--` is not allowed in a comment"));
        }
        Ok(())
    }

    fn instruction(raw: &str, at: usize) -> Result<(), Malformed> {
        let content = raw.get(2..raw.len().saturating_sub(2)).unwrap_or_default();
        let (target, rest) = content.split_at(name_length(content));
        let separated = rest.is_empty() || rest.starts_with(is_blank);
        if target.len() > NAME_LIMIT {
            return Err(uncertain::TOO_LONG.at(at));
        }
        if target.is_empty() || target.eq_ignore_ascii_case("xml") || !separated {
            return Err(Malformed::new(at, "this processing instruction has no valid name"));
        }
        Ok(())
    }

    /// `<?xml version="1.0" encoding="…" standalone="…"?>`, only at the very start.
    fn declaration(&mut self, raw: &str, at: usize) -> Result<(), Malformed> {
        let wrong = |what| Err(Malformed::new(at, what));
        if at != 0 {
            return wrong("an XML declaration is allowed only at the start of the file");
        }
        let mut attributes = Vec::new();
        let content = raw.get(2..raw.len().saturating_sub(2)).unwrap_or_default();
        if content.contains('&') {
            return wrong("this XML declaration has a reference");
        }
        tag(content, 2, &self.doctype, &mut attributes)?;
        let mut rest = attributes.as_slice();
        match rest {
            [first, others @ ..] if first.name == "version" && is_version(&first.value) => {
                rest = others;
            }
            _ => return wrong("this XML declaration does not begin with a version"),
        }
        if let [first, others @ ..] = rest
            && first.name == "encoding"
        {
            let starts = first.value.starts_with(|c: char| c.is_ascii_alphabetic());
            let rest_fits =
                first.value.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
            if !starts || !rest_fits {
                return wrong("this XML declaration has an invalid encoding");
            }
            rest = others;
        }
        if let [first, others @ ..] = rest
            && first.name == "standalone"
            && matches!(&*first.value, "yes" | "no")
        {
            self.is_standalone = first.value == "yes";
            rest = others;
        }
        if rest.is_empty() { Ok(()) } else { wrong("this XML declaration has an unknown part") }
    }

    /// Reads the document type at an offset; returns the offset after it.
    fn document_type(&mut self, at: usize, visitor: &mut impl Visitor) -> Result<usize, Malformed> {
        self.has_doctype = true;
        let read = self.doctype.read(&self.text[at..], self.is_standalone);
        let end =
            at + read.map_err(|malformed| Malformed { at: at + malformed.at, ..malformed })?;
        // quick-xml would skip it, as at the beginning of a text
        if self.text[end..].starts_with(BYTE_ORDER_MARK) {
            return Err(outside(end));
        }
        visitor.doctype(at);
        Ok(end)
    }

    fn finish(&self, at: usize) -> Result<(), Malformed> {
        if self.depth > 0 {
            return Err(Malformed::new(at, "the text ends inside an element"));
        }
        if !self.has_root {
            return Err(Malformed::new(at, "the file has no element"));
        }
        Ok(())
    }
}

/// The quick-xml reader of a text.
fn new_reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    reader.config_mut().expand_empty_elements = false;
    reader
}

fn outside(at: usize) -> Malformed {
    Malformed::new(at, "this text is outside the root element")
}

fn is_version(version: &str) -> bool {
    version.strip_prefix("1.").is_some_and(|minor| minor.bytes().all(|byte| byte.is_ascii_digit()))
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
