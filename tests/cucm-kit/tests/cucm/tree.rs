//! XML as lines that can be compared: names with namespaces, attributes, and texts.

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

/// An element with its names resolved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    namespace: String,
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Tree>,
}

impl Tree {
    pub(crate) fn read(text: &str) -> Self {
        let mut reader = NsReader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            let (namespace, event) = reader.read_resolved_event().unwrap();
            let namespace = match namespace {
                ResolveResult::Bound(namespace) => namespace.0.to_string(),
                _ => String::new(),
            };
            let ended = match event {
                Event::Start(tag) => {
                    open.push(Self::begin(namespace, &tag));
                    None
                }
                Event::Empty(tag) => Some(Self::begin(namespace, &tag)),
                Event::End(_) => open.pop(),
                Event::Eof => return open.pop().unwrap().children.pop().unwrap(),
                Event::Text(text) => {
                    open.last_mut().unwrap().text += &text.xml10_content();
                    None
                }
                Event::GeneralRef(name) => {
                    let name = name.xml10_content().to_string();
                    let text = quick_xml::escape::resolve_predefined_entity(&name).unwrap();
                    open.last_mut().unwrap().text += text;
                    None
                }
                _ => None,
            };
            open.last_mut().unwrap().children.extend(ended);
        }
    }

    fn begin(namespace: String, tag: &BytesStart<'_>) -> Self {
        let name = tag.local_name().into_inner().to_string();
        let attribute = |attribute: quick_xml::events::attributes::Attribute<'_>| {
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
            let name = attribute.key.local_name().into_inner().to_string();
            attribute.key.as_namespace_binding().is_none().then(|| (name, value.into_owned()))
        };
        let attributes = tag.attributes().filter_map(|it| attribute(it.unwrap()));
        Self { namespace, name, attributes: attributes.collect(), ..Self::default() }
    }

    /// The first element below this one, at any depth, with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        self.all(name).into_iter().next()
    }

    /// All elements with this name, at any depth.
    pub(crate) fn all(&self, name: &str) -> Vec<&Self> {
        let own = (self.name == name).then_some(self);
        let below = self.children.iter().flat_map(|child| child.all(name));
        own.into_iter().chain(below).collect()
    }

    /// The text of the first element with this name; empty if there is none.
    pub(crate) fn text_of(&self, name: &str) -> String {
        self.find(name).map(|found| found.text.clone()).unwrap_or_default()
    }

    pub(crate) fn attribute(&self, name: &str) -> String {
        let found = self.attributes.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// One line for each element. The values of elements and attributes in `masked` are left out.
    pub(crate) fn lines(&self, masked: &[&str]) -> String {
        let mut lines = String::new();
        self.add_lines(0, masked, &mut lines);
        lines
    }

    fn add_lines(&self, depth: usize, masked: &[&str], lines: &mut String) {
        let is_masked = |name: &str| masked.contains(&name);
        let attribute = |(name, value): &(String, String)| {
            let value = if is_masked(name) { "*" } else { value };
            format!(" {name}={value:?}")
        };
        let attributes: String = self.attributes.iter().map(attribute).collect();
        let text = if is_masked(&self.name) {
            "*"
        } else if self.children.is_empty() {
            &self.text
        } else {
            ""
        };
        let Self { namespace, name, .. } = self;
        *lines += &format!("{:depth$}{{{namespace}}}{name}{attributes} {text:?}\n", "");
        for child in &self.children {
            child.add_lines(depth + 1, masked, lines);
        }
    }
}
