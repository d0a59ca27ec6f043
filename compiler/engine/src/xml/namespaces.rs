//! Namespace prefixes, as libxml2 splits, declares and drops them.

use std::collections::HashSet;

use compact_str::CompactString;

use super::doctype::Doctype;
use super::markup::{Attribute, name_length};

/// The namespaces that no declaration may bind to another prefix.
const RESERVED: [&str; 2] =
    ["http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"];

/// Splits a name at its first colon. A name that begins with a colon, or whose rest is not a name,
/// has no prefix.
#[inline]
pub(super) fn split(name: &str) -> (Option<&str>, &str) {
    // names are short: looking at each byte is faster than a search
    let colon = name.bytes().position(|byte| byte == b':');
    match colon.map(|at| (&name[..at], &name[at + 1..])) {
        Some((prefix, local))
            if !prefix.is_empty() && !local.starts_with(':') && name_length(local) > 0 =>
        {
            (Some(prefix), local)
        }
        _ => (None, name),
    }
}

/// Whether libxml2 reads a name of an element or an attribute to its end: behind a second colon it
/// stops at what cannot begin a name.
#[inline]
pub(super) fn is_read_whole(name: &str) -> bool {
    match split(name) {
        (Some(_), local) => {
            local.split_once(':').is_none_or(|(_, rest)| rest.is_empty() || name_length(rest) > 0)
        }
        (None, _) => true,
    }
}

/// The prefix that an attribute declares, whatever its value.
#[inline]
pub(super) fn declared_prefix(name: &str) -> Option<&str> {
    let local = name.strip_prefix("xmlns:")?;
    split(name).0.map(|_| local)
}

/// The prefixes that one element declares.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The element's name, for the defaults of the document type.
    element: CompactString,
    /// `None` is none: nearly every element.
    written: Option<HashSet<String>>,
}

impl Scope {
    /// What an element declares by its attributes, and by the defaults of its document type.
    pub(super) fn of(element: &str, attributes: &[Attribute<'_>]) -> Self {
        let mut written = None;
        for Attribute { name, value, .. } in attributes {
            if let Some(prefix) = declared_prefix(name)
                && !is_rejected(name, value)
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

/// Whether an attribute is a namespace declaration that libxml2 rejects: an error that it reports
/// and forgets.
pub(super) fn is_rejected(name: &str, value: &str) -> bool {
    let is_reserved = RESERVED.contains(&value);
    match declared_prefix(name) {
        Some(prefix) => is_reserved || value.is_empty() || matches!(prefix, "xml" | "xmlns"),
        None => is_reserved && name == "xmlns",
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
