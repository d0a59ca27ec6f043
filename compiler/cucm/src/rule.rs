//! A dial rule exactly as CUCM holds it.

use std::fmt;

/// The two record types of dial rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleKind {
    /// Application Dial Rules: from the number that a user dials to the number sent out.
    Application,
    /// Directory Lookup Dial Rules: from the number of a caller to the text searched in the
    /// directory.
    DirectoryLookup,
}

impl RuleKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Application, Self::DirectoryLookup];

    /// The name in operations and in `listChange`, such as `ApplicationDialRules`.
    #[must_use]
    pub fn operation_name(self) -> &'static str {
        match self {
            Self::Application => "ApplicationDialRules",
            Self::DirectoryLookup => "DirectoryLookupDialRules",
        }
    }

    /// The element that holds one record.
    pub(crate) fn element(self) -> &'static str {
        match self {
            Self::Application => "applicationDialRules",
            Self::DirectoryLookup => "directoryLookupDialRules",
        }
    }

    /// The kind that a file, table or page with this name holds; `None` if the name says nothing.
    /// Only letters count, in any capitals.
    #[must_use]
    pub fn in_name(name: &str) -> Option<Self> {
        let letters = name.chars().filter(char::is_ascii_alphabetic);
        let letters: String = letters.map(|c| c.to_ascii_lowercase()).collect();
        if letters.contains("lookup") {
            Some(Self::DirectoryLookup)
        } else if letters.contains("applicationdial") || letters.contains("appdial") {
            Some(Self::Application)
        } else {
            None
        }
    }
}

/// Key of a record. Lists send it in braces and capitals, `listChange` bare and in lower case; here
/// all forms are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(String);

impl Uuid {
    /// The key with this text; `None` for an empty one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bare = text.trim().trim_start_matches('{').trim_end_matches('}');
        (!bare.is_empty()).then(|| Self(bare.to_ascii_lowercase()))
    }
}

/// As AXL writes it: `{0000000B-0000-4000-8000-000000000001}`.
impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.0.to_ascii_uppercase())
    }
}

/// A number of a record. AXL defines it as an integer or the empty string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Count {
    /// No value.
    #[default]
    Empty,
    /// A decimal number.
    Number(i64),
    /// A text that is not a number; kept so that a finding can show it.
    Other(String),
}

impl Count {
    /// The count with this text; white space around it is ignored.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text.trim() {
            "" => Self::Empty,
            word => word.parse().map_or_else(|_| Self::Other(word.to_owned()), Self::Number),
        }
    }

    /// The number, if there is one.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Empty | Self::Other(_) => None,
        }
    }
}

impl From<i64> for Count {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// As AXL writes it: decimal, or the empty string.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Number(number) => write!(f, "{number}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// One record of CUCM's dial rules. Every value that CUCM can hold fits, also those that its page
/// refuses; [`convert`](crate::convert()) reports these.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CucmRule {
    /// The record type.
    pub kind: RuleKind,
    /// The key; `None` in files, and in rules that CUCM does not have yet.
    pub uuid: Option<Uuid>,
    /// Name. The page allows 1 to 50 characters, unique among rules of a kind; AXL has no limit.
    pub name: String,
    /// Description. The page allows up to 50 characters.
    pub description: String,
    /// Number Begins With; empty matches every number.
    pub begins_with: String,
    /// Number of Digits; the page allows 1 to 100.
    pub digits: Count,
    /// Total Digits to be Removed; the page allows no more than Number of Digits.
    pub remove: Count,
    /// Prefix With Pattern.
    pub prefix: String,
    /// Priority: the rule with the lowest one comes first.
    pub priority: Count,
}

impl CucmRule {
    /// A rule of this kind and name with nothing else.
    #[must_use]
    pub fn new(kind: RuleKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            uuid: None,
            name: name.into(),
            description: String::new(),
            begins_with: String::new(),
            digits: Count::Empty,
            remove: Count::Empty,
            prefix: String::new(),
            priority: Count::Empty,
        }
    }
}
