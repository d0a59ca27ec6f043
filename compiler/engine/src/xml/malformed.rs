//! Why a text is not well-formed, where, and whether every client agrees.

/// Why a text is not well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Why {
    pub(super) what: &'static str,
    /// Whether every version of libxml2 rejects it. Where versions differ, adrc calls the file
    /// invalid (docs/decisions/0006).
    pub(super) is_certain: bool,
}

impl Why {
    /// What no client accepts.
    pub(super) const fn certain(what: &'static str) -> Self {
        Self { what, is_certain: true }
    }

    /// What some clients accept, or adrc does not follow to its end.
    pub(super) const fn unsure(what: &'static str) -> Self {
        Self { what, is_certain: false }
    }

    pub(super) fn at(self, at: usize) -> Malformed {
        Malformed { at, why: self }
    }
}

/// What is wrong with a text, and where: a byte offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) at: usize,
    pub(super) why: Why,
}

impl Malformed {
    /// What no client accepts.
    pub(super) const fn new(at: usize, what: &'static str) -> Self {
        Self { at, why: Why::certain(what) }
    }
}

/// Everything that adrc calls invalid although some clients read it.
pub(super) mod unsure {
    use super::Why;

    pub(in super::super) const NESTED: Why =
        Why::unsure("entities refer to entities deeper or more often than adrc follows");
    pub(in super::super) const TOO_MUCH_TEXT: Why =
        Why::unsure("these references become too much text");
    pub(in super::super) const TOO_LONG: Why =
        Why::unsure("a name or a text is longer than every client reads");
    pub(in super::super) const MANY_UNDECLARED: Why =
        Why::unsure("an undeclared entity follows on too many references");
    pub(in super::super) const PARAMETER_INSIDE: Why =
        Why::unsure("a parameter entity stands inside a declaration");
    pub(in super::super) const PARAMETER_AGAIN: Why =
        Why::unsure("a parameter entity stands twice in a row");
    pub(in super::super) const SUBSET_BEHIND: Why =
        Why::unsure("declarations stand behind the document type");
    pub(in super::super) const ADDRESS: Why =
        Why::unsure("the address of this entity holds characters that clients read differently");
    pub(in super::super) const DECLARED_NAME: Why =
        Why::unsure("this attribute name begins with a letter that clients classify differently");
    pub(in super::super) const ENTITY_CONTENT: Why =
        Why::unsure("an entity is used in values, and its text is not well-formed content");
    pub(in super::super) const ENTITY_VALUE: Why =
        Why::unsure("an entity inside an entity does not fit into a value");
    pub(in super::super) const CARRIAGE_RETURN: Why =
        Why::unsure("an entity that stands in content holds a carriage return");
    pub(in super::super) const NAMESPACE_AGAIN: Why =
        Why::unsure("this namespace prefix is declared twice");
    pub(in super::super) const ENCODING: Why =
        Why::unsure("this encoding is not one that every client reads alike");
}
