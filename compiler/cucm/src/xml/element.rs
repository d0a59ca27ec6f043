//! One element of an answer, with the questions that codecs ask about it.

/// An element of an answer: local names only, because answers come with and without namespace
/// prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The name without prefix.
    pub(super) name: Box<str>,
    /// Local names and values, in order; namespace declarations are left out.
    pub(super) attributes: Vec<(Box<str>, Box<str>)>,
    /// Child elements, in order.
    pub(super) children: Vec<Element>,
    /// The text directly inside, references resolved. White space between children is part of it.
    pub(super) text: String,
}

impl Element {
    /// The name without prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The child elements, in order.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// The child elements, in order, without a copy.
    pub(crate) fn into_children(self) -> impl Iterator<Item = Self> {
        self.children.into_iter()
    }

    /// The value of the attribute with this local name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| &**given == name).map(|(_, value)| &**value)
    }

    /// The first child with this local name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name() == name)
    }

    /// The first element with this local name among the children, their children, and so on.
    #[must_use]
    pub fn descendant(&self, name: &str) -> Option<&Self> {
        let mut below = self.children.iter();
        below.find_map(
            |child| {
                if child.name() == name { Some(child) } else { child.descendant(name) }
            },
        )
    }

    /// Whether `xsi:nil` says that the element has no value.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.attribute("nil").is_some_and(|value| matches!(value.trim(), "true" | "1"))
    }

    /// The text directly inside, exactly as sent; empty for an element without text.
    #[must_use]
    pub fn text(&self) -> &str {
        if self.is_nil() { "" } else { &self.text }
    }

    /// The text of the first child with this local name; empty if the child is absent, empty or
    /// `xsi:nil`.
    #[must_use]
    pub fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", Self::text)
    }

    /// The text of a child without the white space around it; `None` if nothing is left.
    #[must_use]
    pub fn word_of(&self, name: &str) -> Option<&str> {
        Some(self.text_of(name).trim()).filter(|word| !word.is_empty())
    }

    /// A boolean child: `t`, `f`, `true`, `false`, `0`, `1` in any capitals. `None` if it is
    /// absent, empty or anything else.
    #[must_use]
    pub fn flag_of(&self, name: &str) -> Option<bool> {
        match self.word_of(name)?.to_ascii_lowercase().as_str() {
            "t" | "true" | "1" => Some(true),
            "f" | "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// A decimal child; `None` if it is absent, empty, or not a number of this type.
    #[must_use]
    pub fn number_of<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.word_of(name)?.parse().ok()
    }
}
