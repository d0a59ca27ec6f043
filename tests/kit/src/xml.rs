//! A small reader of XML requests, and a small writer of answers, for stand-ins of servers.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{PrefixDeclaration, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

/// Namespace of SOAP 1.1 envelopes.
pub const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// An element of a request, with its names resolved.
#[derive(Clone, Debug, Default)]
pub struct Element {
    /// Namespace; empty if there is none.
    pub namespace: String,
    /// Name without prefix.
    pub name: String,
    /// Attributes by their names without prefix, apart from declarations of namespaces.
    pub attributes: Vec<(String, String)>,
    /// Child elements in order.
    pub children: Vec<Element>,
    /// The text between the tags, in one piece.
    pub text: String,
}

impl Element {
    /// Reads a document. A document type declaration is a violation, as it is in SOAP.
    ///
    /// # Errors
    ///
    /// A text that describes the first violation.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut reader = NsReader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        loop {
            let (namespace, event) =
                reader.read_resolved_event().map_err(|error| error.to_string())?;
            let namespace = match namespace {
                ResolveResult::Bound(namespace) => text_of(namespace.0),
                ResolveResult::Unbound => String::new(),
                ResolveResult::Unknown(prefix) => return Err(format!("prefix {prefix:?}")),
            };
            let ended = match event {
                Event::Start(tag) => {
                    open.push(Self::begin(namespace, &tag)?);
                    None
                }
                Event::Empty(tag) => Some(Self::begin(namespace, &tag)?),
                Event::End(_) => open.pop(),
                Event::DocType(_) => return Err("a document type is not allowed".to_owned()),
                Event::Eof => return Err("the document ends inside an element".to_owned()),
                event => {
                    add_text(&mut open, &event)?;
                    None
                }
            };
            if let Some(element) = ended {
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
        }
    }

    fn begin(namespace: String, tag: &BytesStart<'_>) -> Result<Self, String> {
        let name = text_of(tag.local_name().into_inner());
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let declares: Option<PrefixDeclaration<'_>> = attribute.key.as_namespace_binding();
            if declares.is_none() {
                let value = attribute.normalized_value(XmlVersion::Explicit1_0);
                let value = value.map_err(|error| error.to_string())?.into_owned();
                attributes.push((text_of(attribute.key.local_name().into_inner()), value));
            }
        }
        Ok(Self { namespace, name, attributes, ..Self::default() })
    }

    /// The first child of this name, in whatever namespace.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name.
    #[must_use]
    pub fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The first element below this one whose namespace is not the expected one.
    #[must_use]
    pub fn outside(&self, namespace: &str) -> Option<&Self> {
        let mut children = self.children.iter();
        children.find_map(|child| {
            if child.namespace == namespace { child.outside(namespace) } else { Some(child) }
        })
    }
}

fn add_text(open: &mut [Element], event: &Event<'_>) -> Result<(), String> {
    let Some(element) = open.last_mut() else { return Ok(()) };
    match event {
        Event::Text(text) => element.text.push_str(&text.xml10_content()),
        Event::CData(text) => element.text.push_str(&text.xml10_content()),
        Event::GeneralRef(reference) => {
            let character = reference.resolve_char_ref().map_err(|error| error.to_string())?;
            let name = reference.xml10_content();
            let named = quick_xml::escape::resolve_predefined_entity(&name);
            match (character, named) {
                (Some(character), _) => element.text.push(character),
                (None, Some(text)) => element.text.push_str(text),
                (None, None) => return Err("an entity is not defined".to_owned()),
            }
        }
        _ => {}
    }
    Ok(())
}

fn text_of(name: impl AsRef<str>) -> String {
    name.as_ref().to_owned()
}

/// Text as it is written between tags and in attributes.
#[must_use]
pub fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// `<name>text</name>`, or `<name/>` without text.
#[must_use]
pub fn leaf(name: &str, text: &str) -> String {
    if text.is_empty() { format!("<{name}/>") } else { wrap(name, &escaped(text)) }
}

/// `<name>content</name>` with content that is XML already.
#[must_use]
pub fn wrap(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// `<name>content</name>`, or `<name/>` without content.
#[must_use]
pub fn wrap_or_empty(name: &str, content: &str) -> String {
    if content.is_empty() { format!("<{name}/>") } else { wrap(name, content) }
}
