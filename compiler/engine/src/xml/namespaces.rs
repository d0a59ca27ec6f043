//! Namespace prefixes, as libxml2 declares and drops them.

use std::collections::HashSet;

use compact_str::CompactString;

use super::doctype::Doctype;
use super::names::{declared_prefix, is_rejected_declaration, split};
use super::tag::Attribute;

/// The prefixes that one element declares.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The element's name, to look up the defaults of the document type.
    element: CompactString,
    /// Prefixes in the element's attributes; `None` when there are none, which is the usual case.
    written: Option<HashSet<String>>,
}

impl Scope {
    /// What an element declares by its attributes, and by the defaults of its document type.
    pub(super) fn of(element: &str, attributes: &[Attribute<'_>]) -> Self {
        let mut written = None;
        for Attribute { name, value, .. } in attributes {
            if let Some(prefix) = declared_prefix(name)
                && !is_rejected_declaration(name, value)
            {
                let written = written.get_or_insert_with(HashSet::new);
                written.insert(prefix.to_owned());
            }
        }
        Self { element: element.into(), written }
    }

    fn declares(&self, prefix: &str, doctype: &Doctype) -> bool {
        let mut written = self.written.iter();
        written.any(|written| written.contains(prefix))
            || doctype.declares_prefix(&self.element, prefix)
    }
}

/// A name without its prefix where one of the scopes declares it; otherwise the whole name.
#[inline]
pub(super) fn local_name<'n>(name: &'n str, scopes: &[&Scope], doctype: &Doctype) -> &'n str {
    match split(name) {
        (Some(prefix), local)
            if prefix == "xml" || scopes.iter().any(|scope| scope.declares(prefix, doctype)) =>
        {
            local
        }
        _ => name,
    }
}
