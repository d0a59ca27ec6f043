//! Reads an answer into a document.

use std::borrow::Cow;

use quick_xml::errors::SyntaxError;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::element::{Document, Node};

/// Largest answer, in bytes. AXL never sends more than 8 MB in one answer.
pub const ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// Deepest nesting of elements. Answers of CUCM have at most 12 levels.
pub const DEPTH_LIMIT: usize = 64;

/// Most elements of an answer. A full answer of 8 MB with route patterns has about 150,000.
pub const ELEMENT_LIMIT: usize = 400_000;

/// Most attributes of an element. Elements of CUCM have at most three. Looking for repeated
/// attributes takes time that grows with the square of their number.
pub const ATTRIBUTE_LIMIT: usize = 32;

/// Why bytes are not an XML document that adrc reads, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: {kind}")]
pub struct XmlError {
    /// Byte offset of the mistake.
    pub at: usize,
    /// What is wrong there.
    #[source]
    pub kind: XmlErrorKind,
}

/// What is wrong with an XML document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlErrorKind {
    /// The document has more than [`ANSWER_BYTES`].
    #[error("the answer has {given} bytes, and the limit is {limit}")]
    TooLarge {
        /// Bytes given.
        given: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Elements are nested deeper than [`DEPTH_LIMIT`].
    #[error("elements are nested deeper than {DEPTH_LIMIT} levels")]
    TooDeep,
    /// There are more than [`ELEMENT_LIMIT`] elements.
    #[error("the answer has more than {ELEMENT_LIMIT} elements")]
    TooManyElements,
    /// An element has more than [`ATTRIBUTE_LIMIT`] attributes.
    #[error("an element has more than {ATTRIBUTE_LIMIT} attributes")]
    TooManyAttributes,
    /// The bytes are not UTF-8.
    #[error("this byte is not UTF-8")]
    NotUtf8,
    /// A document type, which SOAP forbids and which could define entities.
    #[error("the answer declares a document type")]
    Doctype,
    /// A reference to an entity that XML does not define.
    #[error("the entity `{0}` is not defined")]
    UnknownEntity(String),
    /// A reference to a character that XML does not allow.
    #[error("this reference is not a character of XML")]
    BadCharacter,
    /// A tag, comment or attribute is malformed.
    #[error("this markup is malformed")]
    Malformed,
    /// Text or a second element outside the root element.
    #[error("there is content outside the root element")]
    OutsideRoot,
    /// The document ends inside an element, or has none.
    #[error("the answer ends too early")]
    Truncated,
}

impl XmlErrorKind {
    fn at(self, at: usize) -> XmlError {
        XmlError { at, kind: self }
    }
}

/// Reads a whole document.
pub(crate) fn read(bytes: &[u8]) -> Result<Document<'_>, XmlError> {
    if bytes.len() > ANSWER_BYTES {
        let too_large = XmlErrorKind::TooLarge { given: bytes.len(), limit: ANSWER_BYTES };
        return Err(too_large.at(ANSWER_BYTES));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| XmlErrorKind::NotUtf8.at(error.valid_up_to()))?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut growing = Growing::default();
    loop {
        let at = offset(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            let kind = match error {
                quick_xml::Error::Syntax(syntax) if syntax != SyntaxError::InvalidBangMarkup => {
                    XmlErrorKind::Truncated
                }
                _ => XmlErrorKind::Malformed,
            };
            kind.at(offset(reader.error_position()).min(text.len()))
        })?;
        let rest = text.get(at..).unwrap_or_default();
        if growing.add(event, rest).map_err(|kind| kind.at(at))? {
            return match growing.document.root() {
                Some(_) => Ok(growing.document),
                None => Err(XmlErrorKind::Truncated.at(text.len())),
            };
        }
    }
}

/// The part of the document that was read so far.
#[derive(Default)]
struct Growing<'a> {
    document: Document<'a>,
    /// Positions of open elements, the outermost first.
    open: Vec<usize>,
}

impl<'a> Growing<'a> {
    /// Adds an event that `rest` begins with; returns true at the end of the document.
    fn add(&mut self, event: Event<'a>, rest: &'a str) -> Result<bool, XmlErrorKind> {
        match event {
            Event::Start(start) => self.start(&start, rest)?,
            Event::Empty(start) => {
                self.start(&start, rest)?;
                self.end()?;
            }
            Event::End(_) => self.end()?,
            Event::Text(text) => self.text(text.xml10_content())?,
            Event::CData(text) => self.text(text.xml10_content())?,
            Event::GeneralRef(reference) => self.reference(&reference)?,
            Event::DocType(_) => return Err(XmlErrorKind::Doctype),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if self.open.is_empty() => return Ok(true),
            Event::Eof => return Err(XmlErrorKind::Truncated),
        }
        Ok(false)
    }

    fn start(&mut self, start: &BytesStart<'_>, rest: &'a str) -> Result<(), XmlErrorKind> {
        let Document { nodes, attributes } = &mut self.document;
        if self.open.is_empty() && !nodes.is_empty() {
            return Err(XmlErrorKind::OutsideRoot);
        }
        if self.open.len() >= DEPTH_LIMIT {
            return Err(XmlErrorKind::TooDeep);
        }
        if nodes.len() >= ELEMENT_LIMIT {
            return Err(XmlErrorKind::TooManyElements);
        }
        // the tag as a part of the answer, because that of the event is a copy for the borrow
        // checker
        let tag = rest.split_once('<').and_then(|(_, tag)| tag.get(..start.len()));
        let tag = tag.ok_or(XmlErrorKind::Malformed)?;
        let name_bytes = start.name().as_ref().len();
        let name = tag.get(..name_bytes).ok_or(XmlErrorKind::Malformed)?;
        let first = position(attributes.len())?;
        for (count, attribute) in Attributes::new(tag, name_bytes).enumerate() {
            if count >= ATTRIBUTE_LIMIT {
                return Err(XmlErrorKind::TooManyAttributes);
            }
            let attribute = attribute.map_err(|_| XmlErrorKind::Malformed)?;
            let name = attribute.key.0;
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| XmlErrorKind::Malformed)?;
            attributes.push((local(name), value));
        }
        self.open.push(nodes.len());
        let attributes = first..position(attributes.len())?;
        nodes.push(Node { name: local(name), text: Cow::default(), attributes, end: 0 });
        Ok(())
    }

    fn end(&mut self) -> Result<(), XmlErrorKind> {
        let end = position(self.document.nodes.len())?;
        if let Some(element) = self.open.pop() {
            self.document.nodes[element].end = end;
        }
        Ok(())
    }

    fn text(&mut self, text: Cow<'a, str>) -> Result<(), XmlErrorKind> {
        if text.contains(|c| !is_xml(c)) {
            return Err(XmlErrorKind::BadCharacter);
        }
        match self.open.last() {
            Some(element) => {
                let before = &mut self.document.nodes[*element].text;
                match before.is_empty() {
                    true => *before = text,
                    false if text.is_empty() => {}
                    false => before.to_mut().push_str(&text),
                }
            }
            None if text.trim_matches([' ', '\t', '\r', '\n', '\u{feff}']).is_empty() => {}
            None => return Err(XmlErrorKind::OutsideRoot),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), XmlErrorKind> {
        let resolved = match reference.resolve_char_ref() {
            Ok(Some(character)) if is_xml(character) => Cow::Owned(character.to_string()),
            Ok(None) => resolve_predefined_entity(reference)
                .ok_or_else(|| XmlErrorKind::UnknownEntity(reference.chars().take(50).collect()))?
                .into(),
            _ => return Err(XmlErrorKind::BadCharacter),
        };
        match self.open.is_empty() {
            true => Err(XmlErrorKind::OutsideRoot),
            false => self.text(resolved),
        }
    }
}

/// A position in the document. The limits on elements, attributes and bytes keep it small.
fn position(at: usize) -> Result<u32, XmlErrorKind> {
    u32::try_from(at).map_err(|_| XmlErrorKind::TooManyElements)
}

/// Whether XML 1.0 allows a character.
pub(super) fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        || character >= '\u{10000}'
}

/// A name without its namespace prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
