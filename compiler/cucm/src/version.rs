//! Versions of the AXL schema.

use std::fmt;

/// A version of the AXL schema, such as 15.0. It is part of the namespace and of `SOAPAction`, and
/// both must agree.
///
/// The dial-rule records are the same in every schema from 8.0 to 15.0.
///
/// ```
/// use adr_cucm::SchemaVersion;
///
/// let supported = SchemaVersion::all_in("supported versions: 12.0, 12.5, 14.0");
/// let tried = [SchemaVersion::NEWEST];
/// assert_eq!(SchemaVersion::next(&tried, &supported).unwrap().to_string(), "14.0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SchemaVersion {
    major: u8,
    minor: u8,
}

impl SchemaVersion {
    /// The newest version that adrc speaks; the first one to try.
    pub const NEWEST: Self = Self { major: 15, minor: 0 };

    /// The oldest version that adrc speaks.
    pub const OLDEST: Self = Self { major: 8, minor: 5 };

    /// The versions that adrc speaks, newest first.
    pub const ALL: [Self; 11] = [
        Self::NEWEST,
        Self { major: 14, minor: 0 },
        Self { major: 12, minor: 5 },
        Self { major: 12, minor: 0 },
        Self { major: 11, minor: 5 },
        Self { major: 11, minor: 0 },
        Self { major: 10, minor: 5 },
        Self { major: 10, minor: 0 },
        Self { major: 9, minor: 1 },
        Self { major: 9, minor: 0 },
        Self::OLDEST,
    ];

    /// The version with this text, such as `12.5`; `None` unless adrc speaks it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.to_string() == text)
    }

    /// Whether the schema has `isEmergencyServiceNumber`. Below 11.0 it is absent, CUCM rejects a
    /// request that asks for it, and the answer is "not known".
    #[must_use]
    pub fn has_emergency_flag(self) -> bool {
        self.major >= 11
    }

    /// Whether the schema has `listChange`; since 10.0.
    #[must_use]
    pub fn has_list_change(self) -> bool {
        self.major >= 10
    }

    /// Whether the operations about dial rules work, such as `listApplicationDialRules`. Schemas
    /// have them since 8.0, but they are usable since 10.0; before that, SQL reads the rules.
    #[must_use]
    pub fn has_usable_rules(self) -> bool {
        self.major >= 10
    }

    /// Every version in a text that adrc speaks, newest first, each once. Parts of longer numbers,
    /// such as addresses, are ignored.
    #[must_use]
    pub fn all_in(text: &str) -> Vec<Self> {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
        let mut found: Vec<_> =
            words.filter_map(|word| Self::new(word.trim_end_matches('.'))).collect();
        found.sort_by(|a, b| b.cmp(a));
        found.dedup();
        found
    }

    /// The version to try after `tried` failed: the newest of `supported` that was not tried, or,
    /// if there is none, the newest of all. `None` if all were tried.
    #[must_use]
    pub fn next(tried: &[Self], supported: &[Self]) -> Option<Self> {
        let untried = || Self::ALL.into_iter().filter(|version| !tried.contains(version));
        untried().find(|version| supported.contains(version)).or_else(|| untried().next())
    }

    /// The namespace of the operation element.
    pub(crate) fn namespace(self) -> String {
        format!("http://www.cisco.com/AXL/API/{self}")
    }
}

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
