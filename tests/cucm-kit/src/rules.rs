//! Dial rules as CUCM holds them.

use crate::xml::leaf;

/// The names of a rule's elements, in the order of the schema.
pub(crate) const FIELDS: [&str; 7] = [
    "name",
    "description",
    "numberBeginWith",
    "numberOfDigits",
    "digitsToBeRemoved",
    "prefixPattern",
    "priority",
];

/// Which of the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleKind {
    /// Application dial rules.
    Application,
    /// Directory lookup dial rules.
    DirectoryLookup,
}

impl RuleKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Application, Self::DirectoryLookup];

    /// The name in operations and in lists of changes, such as `ApplicationDialRules`.
    #[must_use]
    pub fn object(self) -> &'static str {
        match self {
            Self::Application => "ApplicationDialRules",
            Self::DirectoryLookup => "DirectoryLookupDialRules",
        }
    }

    /// The name of the element, such as `applicationDialRules`.
    #[must_use]
    pub fn element(self) -> &'static str {
        match self {
            Self::Application => "applicationDialRules",
            Self::DirectoryLookup => "directoryLookupDialRules",
        }
    }

    /// The kind with this object name.
    pub(crate) fn of_object(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.object() == name)
    }
}

/// A dial rule, with all values as text, as AXL transmits them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Upper-case UUID without braces.
    pub uuid: String,
    /// Unique within its list.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// May be empty.
    pub begins_with: String,
    /// An integer or empty.
    pub digits: String,
    /// An integer or empty.
    pub remove: String,
    /// May be empty.
    pub prefix: String,
    /// An integer or empty. Several rules may have the same.
    pub priority: String,
}

impl Rule {
    /// A rule without description and UUID.
    #[must_use]
    pub fn new(name: &str, begins_with: &str, numbers: [u32; 2], prefix: &str) -> Self {
        Self {
            name: name.to_owned(),
            begins_with: begins_with.to_owned(),
            digits: numbers[0].to_string(),
            remove: numbers[1].to_string(),
            prefix: prefix.to_owned(),
            ..Self::default()
        }
    }

    /// The same rule with this priority.
    #[must_use]
    pub fn priority(mut self, priority: u32) -> Self {
        self.priority = priority.to_string();
        self
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        match name {
            "name" => Some(&self.name),
            "description" => Some(&self.description),
            "numberBeginWith" => Some(&self.begins_with),
            "numberOfDigits" => Some(&self.digits),
            "digitsToBeRemoved" => Some(&self.remove),
            "prefixPattern" => Some(&self.prefix),
            "priority" => Some(&self.priority),
            _ => None,
        }
    }

    pub(crate) fn slot(&mut self, name: &str) -> Option<&mut String> {
        match name {
            "name" => Some(&mut self.name),
            "description" => Some(&mut self.description),
            "numberBeginWith" => Some(&mut self.begins_with),
            "numberOfDigits" => Some(&mut self.digits),
            "digitsToBeRemoved" => Some(&mut self.remove),
            "prefixPattern" => Some(&mut self.prefix),
            "priority" => Some(&mut self.priority),
            _ => None,
        }
    }

    pub(crate) fn xml(&self, kind: RuleKind, tags: &[&str]) -> String {
        let present = tags.iter().filter_map(|tag| Some(leaf(tag, self.field(tag)?)));
        let content: String = present.collect();
        let name = kind.element();
        format!("<{name} uuid=\"{{{}}}\">{content}</{name}>", self.uuid)
    }
}
