//! One element of an answer, with the questions that codecs ask about it.

use std::borrow::Cow;
use std::ops::Range;

/// The elements of an answer in the order in which they begin. Names and most texts are those of
/// the answer itself, so a document takes less memory than its bytes and a tree would.
#[derive(Debug, Default)]
pub(crate) struct Document<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// Local names and values of the attributes of all elements, in order; namespace declarations
    /// are left out.
    pub(super) attributes: Vec<(&'a str, Cow<'a, str>)>,
}

/// What a document knows about one element.
#[derive(Debug)]
pub(super) struct Node<'a> {
    /// The name without prefix.
    pub(super) name: &'a str,
    /// The text directly inside, references resolved. White space between children is part of it.
    pub(super) text: Cow<'a, str>,
    /// Its attributes in [`Document::attributes`].
    pub(super) attributes: Range<u32>,
    /// The position of the first element after it and everything inside it.
    pub(super) end: u32,
}

impl Document<'_> {
    /// The outermost element; `None` in an empty document, which no answer is.
    pub(crate) fn root(&self) -> Option<Element<'_>> {
        (!self.nodes.is_empty()).then_some(Element { document: self, at: 0 })
    }
}

/// An element of an answer: local names only, because answers come with and without namespace
/// prefixes.
#[derive(Clone, Copy, Debug)]
pub struct Element<'d> {
    document: &'d Document<'d>,
    at: u32,
}

impl<'d> Element<'d> {
    fn node(self) -> &'d Node<'d> {
        &self.document.nodes[self.at as usize]
    }

    /// The name without prefix.
    #[must_use]
    pub fn name(self) -> &'d str {
        self.node().name
    }

    /// The child elements, in order.
    pub fn children(self) -> impl Iterator<Item = Element<'d>> {
        let (document, end) = (self.document, self.node().end);
        let first = self.at + 1;
        let child = move |at: u32| (at < end).then_some(Element { document, at });
        std::iter::successors(child(first), move |before| child(before.node().end))
    }

    /// The value of the attribute with this local name.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        let Range { start, end } = self.node().attributes;
        let attributes = &self.document.attributes[start as usize..end as usize];
        attributes.iter().find(|(given, _)| *given == name).map(|(_, value)| &**value)
    }

    /// The first child with this local name.
    #[must_use]
    pub fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.name() == name)
    }

    /// The first element with this local name among the children, their children, and so on.
    #[must_use]
    pub fn descendant(self, name: &str) -> Option<Self> {
        let inside = self.at + 1..self.node().end;
        let mut inside = inside.map(|at| Self { at, ..self });
        inside.find(|element| element.name() == name)
    }

    /// Whether `xsi:nil` says that the element has no value.
    #[must_use]
    pub fn is_nil(self) -> bool {
        self.attribute("nil").is_some_and(|value| matches!(value.trim(), "true" | "1"))
    }

    /// The text directly inside, exactly as sent; empty for an element without text.
    #[must_use]
    pub fn text(self) -> &'d str {
        if self.is_nil() { "" } else { &self.node().text }
    }

    /// The text of the first child with this local name; empty if the child is absent, empty or
    /// `xsi:nil`.
    #[must_use]
    pub fn text_of(self, name: &str) -> &'d str {
        self.child(name).map_or("", Self::text)
    }

    /// The text of a child without the white space around it; `None` if nothing is left.
    #[must_use]
    pub fn word_of(self, name: &str) -> Option<&'d str> {
        Some(self.text_of(name).trim()).filter(|word| !word.is_empty())
    }

    /// A boolean child: `t`, `f`, `true`, `false`, `0`, `1` in any capitals. `None` if it is
    /// absent, empty or anything else.
    #[must_use]
    pub fn flag_of(self, name: &str) -> Option<bool> {
        match self.word_of(name)?.to_ascii_lowercase().as_str() {
            "t" | "true" | "1" => Some(true),
            "f" | "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// A decimal child; `None` if it is absent, empty, or not a number of this type.
    #[must_use]
    pub fn number_of<N: std::str::FromStr>(self, name: &str) -> Option<N> {
        self.word_of(name)?.parse().ok()
    }
}
