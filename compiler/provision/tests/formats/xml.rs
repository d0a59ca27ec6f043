//! A tree of XML elements, read by quick-xml.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    /// The root element of a document.
    pub(crate) fn root(text: &str) -> Self {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().expect("XML") {
                Event::Start(start) => open.push(Self::of(&start)),
                Event::Empty(start) => {
                    let element = Self::of(&start);
                    open.last_mut().unwrap().children.push(element);
                }
                Event::End(_) => {
                    let element = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(element);
                }
                Event::Text(text) => {
                    open.last_mut().unwrap().text.push_str(&text.xml10_content());
                }
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().expect("a reference");
                    let character = character.unwrap_or_else(|| entity(&reference));
                    open.last_mut().unwrap().text.push(character);
                }
                Event::Eof => break,
                Event::Decl(_) => {}
                other => panic!("{other:?}"),
            }
        }
        let mut outside = open.pop().unwrap();
        assert!(open.is_empty() && outside.text.trim().is_empty());
        assert_eq!(outside.children.len(), 1);
        outside.children.pop().unwrap()
    }

    fn of(start: &BytesStart<'_>) -> Self {
        let attribute = |attribute: quick_xml::events::attributes::Attribute<'_>| {
            assert!(!attribute.value.contains(['\t', '\r', '\n', '<']));
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).expect("a value");
            (attribute.key.0.to_owned(), value.into_owned())
        };
        let attributes = start.attributes().map(|it| attribute(it.expect("an attribute")));
        let (name, attributes) = (start.name().0.to_owned(), attributes.collect());
        Self { name, attributes, ..Self::default() }
    }

    /// The value of an attribute that must be there.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.attribute(name).unwrap_or_else(|| panic!("`{name}` of {self:?}"))
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The child with this name, of which there is one.
    pub(crate) fn child(&self, name: &str) -> &Self {
        let found: Vec<_> = self.children.iter().filter(|child| child.name == name).collect();
        assert_eq!(found.len(), 1, "`{name}` of `{}`", self.name);
        found[0]
    }

    /// The names of the children, in their order.
    pub(crate) fn child_names(&self) -> Vec<&str> {
        self.children.iter().map(|child| child.name.as_str()).collect()
    }

    /// Every element below, and this one.
    pub(crate) fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        all.extend(self.children.iter().flat_map(Self::all));
        all
    }
}

fn entity(reference: &str) -> char {
    match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        _ => panic!("{reference}"),
    }
}
