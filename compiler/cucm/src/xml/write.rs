//! Writes the elements of a request.

use quick_xml::escape::escape;

use super::read::is_xml;

/// A text of a request holds a character that XML cannot carry, such as a control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{element}` holds `{}`, which XML does not allow", found.escape_debug())]
pub struct ForbiddenCharacter {
    /// The element.
    pub element: &'static str,
    /// The character.
    pub found: char,
}

/// Namespace of `xsi:nil`.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The elements of a request, in order.
#[derive(Debug)]
pub struct Body {
    xml: String,
    /// In front of every name: empty, or `ns:` where children are qualified.
    prefix: &'static str,
    /// The first text that XML cannot carry.
    forbidden: Option<ForbiddenCharacter>,
}

impl Body {
    /// Elements with this prefix, which is empty or ends with a colon.
    pub(crate) fn new(prefix: &'static str) -> Self {
        Self { xml: String::new(), prefix, forbidden: None }
    }

    /// An element with a text.
    pub(crate) fn text(&mut self, name: &'static str, text: &str) {
        self.attributed(name, &[], text);
    }

    /// An element with attributes and a text.
    pub(crate) fn attributed(
        &mut self,
        name: &'static str,
        attributes: &[(&str, &str)],
        text: &str,
    ) {
        let prefix = self.prefix;
        self.xml.push_str(&format!("<{prefix}{name}"));
        for (attribute, value) in attributes {
            let value = self.escaped(name, value);
            self.xml.push_str(&format!(" {attribute}=\"{value}\""));
        }
        let text = self.escaped(name, text);
        self.xml.push_str(&format!(">{text}</{prefix}{name}>"));
    }

    /// An element without a value, which says so.
    pub(crate) fn nil(&mut self, name: &'static str) {
        self.attributed(name, &[("xmlns:xsi", XSI), ("xsi:nil", "true")], "");
    }

    /// An element with elements inside.
    pub(crate) fn nested(&mut self, name: &'static str, inside: impl FnOnce(&mut Self)) {
        let prefix = self.prefix;
        self.xml.push_str(&format!("<{prefix}{name}>"));
        inside(self);
        self.xml.push_str(&format!("</{prefix}{name}>"));
    }

    /// Escapes a text so that every XML reader returns exactly the same text.
    fn escaped(&mut self, element: &'static str, text: &str) -> String {
        if let Some(found) = text.chars().find(|c| !is_xml(*c)) {
            self.forbidden.get_or_insert(ForbiddenCharacter { element, found });
        }
        escape(text).replace('\r', "&#13;")
    }

    /// The elements.
    pub(crate) fn finish(self) -> Result<String, ForbiddenCharacter> {
        match self.forbidden {
            Some(forbidden) => Err(forbidden),
            None => Ok(self.xml),
        }
    }
}
