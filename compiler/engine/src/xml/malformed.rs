//! Why and where a text is not well-formed, and whether every client agrees.

/// Why a text is not well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// The label of the finding.
    pub(super) label: &'static str,
    /// Whether every version of libxml2 rejects the text. Where versions differ, adrc counts the
    /// file as invalid (docs/contributing/decisions/0006).
    pub(super) is_certain: bool,
}

impl Reason {
    /// What no client accepts.
    pub(super) const fn certain(label: &'static str) -> Self {
        Self { label, is_certain: true }
    }

    /// What some clients accept, or what adrc gives up on.
    pub(super) const fn uncertain(label: &'static str) -> Self {
        Self { label, is_certain: false }
    }

    /// This reason, at a byte offset.
    pub(super) fn at(self, at: usize) -> Malformed {
        Malformed { at, reason: self }
    }
}

/// What is wrong with a text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// Byte offset in the text.
    pub(super) at: usize,
    pub(super) reason: Reason,
}

impl Malformed {
    /// What no client accepts.
    pub(super) const fn new(at: usize, label: &'static str) -> Self {
        Self { at, reason: Reason::certain(label) }
    }
}

/// Everything that adrc counts as invalid although some clients read it.
pub(super) mod uncertain {
    use super::Reason;

    pub(in super::super) const NESTED: Reason =
        Reason::uncertain("entities refer to entities deeper or more often than adrc follows");
    pub(in super::super) const TOO_MUCH_TEXT: Reason =
        Reason::uncertain("these references expand to too much text");
    pub(in super::super) const TOO_LONG: Reason =
        Reason::uncertain("a name or a text is longer than every client reads");
    pub(in super::super) const MANY_UNDECLARED: Reason =
        Reason::uncertain("an undeclared entity comes after too many references");
    pub(in super::super) const PARAMETER_INSIDE: Reason =
        Reason::uncertain("a declaration contains a parameter entity");
    pub(in super::super) const PARAMETER_AGAIN: Reason =
        Reason::uncertain("a parameter entity occurs twice in a row");
    pub(in super::super) const SUBSET_BEHIND: Reason =
        Reason::uncertain("there are declarations after the document type");
    pub(in super::super) const ADDRESS: Reason = Reason::uncertain(
        "the address of this entity has characters that clients read differently",
    );
    pub(in super::super) const DECLARED_NAME: Reason = Reason::uncertain(
        "this attribute name begins with a letter that clients classify differently",
    );
    pub(in super::super) const ENTITY_CONTENT: Reason =
        Reason::uncertain("an entity is used in values, and its text is not well-formed content");
    pub(in super::super) const ENTITY_VALUE: Reason =
        Reason::uncertain("an entity inside an entity is not valid in a value");
    pub(in super::super) const CARRIAGE_RETURN: Reason =
        Reason::uncertain("an entity in content contains a carriage return");
    pub(in super::super) const NAMESPACE_AGAIN: Reason =
        Reason::uncertain("this namespace prefix is declared twice");
    pub(in super::super) const ENCODING: Reason =
        Reason::uncertain("not every client reads this encoding alike");
}
