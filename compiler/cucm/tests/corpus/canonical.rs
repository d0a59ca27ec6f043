//! XML in a canonical form, so that documents of equal meaning are equal texts.
//!
//! Prefixes become namespaces, attributes are sorted, declarations and the white space between
//! elements are left out. This does not use the reader of the crate under test.

use std::fmt::Write;

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::{Namespace, ResolveResult};

/// Boolean tags, which general tools send empty although the schema refuses that. Both forms ask
/// for the same.
const BOOLEAN_TAGS: [&str; 6] = [
    "blockEnable",
    "authorizationCodeRequired",
    "clientCodeRequired",
    "isEmergencyServiceNumber",
    "enable",
    "isActive",
];

/// One line for each start, text and end, indented.
pub(crate) fn canonical(xml: &[u8]) -> String {
    let text = std::str::from_utf8(xml).expect("UTF-8");
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let (mut lines, mut content) = (String::new(), String::new());
    let mut open: Vec<(String, bool)> = Vec::new();
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) => {
                if let Some((_, has_children)) = open.last_mut() {
                    *has_children = true;
                }
                content.clear();
                let (namespace, local) = reader.resolver().resolve_element(start.name());
                let name = format!("{{{}}}{}", shown(&namespace), local.as_ref());
                let mut attributes = Vec::new();
                for attribute in start.attributes() {
                    let attribute = attribute.expect("an attribute");
                    if attribute.key.as_ref().starts_with("xmlns") {
                        continue;
                    }
                    let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
                    let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
                    let value = value.expect("a value").into_owned();
                    attributes
                        .push((format!("{{{}}}{}", shown(&namespace), local.as_ref()), value));
                }
                attributes.sort();
                writeln!(lines, "{}<{name} {attributes:?}", "  ".repeat(open.len())).expect("text");
                open.push((local.as_ref().to_owned(), false));
            }
            Event::End(_) => {
                let (name, has_children) = open.pop().expect("an element");
                if !has_children {
                    let is_flag = BOOLEAN_TAGS.contains(&&*name) && content.is_empty();
                    let value = if is_flag { "f" } else { &content };
                    writeln!(lines, "{}{value:?}", "  ".repeat(open.len())).expect("text");
                }
                content.clear();
            }
            Event::Text(text) => content.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().expect("a character");
                match character {
                    Some(character) => content.push(character),
                    None => content.push_str(
                        quick_xml::escape::resolve_predefined_entity(&reference).expect("known"),
                    ),
                }
            }
            Event::Eof => return lines,
            _ => {}
        }
    }
}

fn shown(namespace: &ResolveResult<'_>) -> String {
    match namespace {
        ResolveResult::Bound(Namespace(name)) => (*name).to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => panic!("undeclared prefix {prefix:?}"),
    }
}

#[test]
fn documents_of_equal_meaning_are_equal() {
    let one = "<a:x xmlns:a='urn:1' b='1' c='2'>\n <y>&lt;&#233;</y>\n</a:x>";
    let other = "<?xml version='1.0'?><z:x xmlns:z='urn:1' c='2' b='1'><y>&lt;é</y></z:x>";
    assert_eq!(canonical(one.as_bytes()), canonical(other.as_bytes()));
    for different in
        ["<x b='1' c='2'><y>&lt;é</y></x>", "<a:x xmlns:a='urn:1' b='1' c='2'><y/></a:x>"]
    {
        assert_ne!(canonical(one.as_bytes()), canonical(different.as_bytes()));
    }
}
