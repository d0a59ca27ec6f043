//! CUCM's two lists of rules.

use adr_cucm::{Count, CucmRule, RuleKind};
use adr_cucm_client::{CallError, Session};
use adr_push::in_order;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// CUCM's two lists, each in the order in which clients apply it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    application: Vec<CucmRule>,
    lookup: Vec<CucmRule>,
}

impl Lists {
    /// The lists of both kinds.
    #[must_use]
    pub fn new(of_kind: impl Fn(RuleKind) -> Vec<CucmRule>) -> Self {
        Self {
            application: in_order(of_kind(RuleKind::Application)),
            lookup: in_order(of_kind(RuleKind::DirectoryLookup)),
        }
    }

    /// One of the lists.
    #[must_use]
    pub fn of(&self, kind: RuleKind) -> &[CucmRule] {
        match kind {
            RuleKind::Application => &self.application,
            RuleKind::DirectoryLookup => &self.lookup,
        }
    }
}

/// Reads both lists.
pub(super) async fn read_lists(session: &Session) -> Result<Lists, CallError> {
    Ok(Lists {
        application: read_list(session, RuleKind::Application).await?,
        lookup: read_list(session, RuleKind::DirectoryLookup).await?,
    })
}

/// Reads one list.
pub(super) async fn read_list(
    session: &Session,
    kind: RuleKind,
) -> Result<Vec<CucmRule>, CallError> {
    Ok(in_order(session.list_rules(kind).await?))
}

/// The form of the lists in a journal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    application: Vec<StoredRule>,
    lookup: Vec<StoredRule>,
}

/// A record without its key, which a rule that is added again does not get back.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRule {
    name: String,
    description: String,
    begins_with: String,
    digits: String,
    remove: String,
    prefix: String,
    priority: String,
}

impl From<&CucmRule> for StoredRule {
    fn from(rule: &CucmRule) -> Self {
        Self {
            name: rule.name.clone(),
            description: rule.description.clone(),
            begins_with: rule.begins_with.clone(),
            digits: rule.digits.to_string(),
            remove: rule.remove.to_string(),
            prefix: rule.prefix.clone(),
            priority: rule.priority.to_string(),
        }
    }
}

impl StoredRule {
    fn into_rule(self, kind: RuleKind) -> CucmRule {
        CucmRule {
            description: self.description,
            begins_with: self.begins_with,
            digits: Count::new(&self.digits),
            remove: Count::new(&self.remove),
            prefix: self.prefix,
            priority: Count::new(&self.priority),
            ..CucmRule::new(kind, self.name)
        }
    }
}

impl Serialize for Lists {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = |rules: &[CucmRule]| rules.iter().map(StoredRule::from).collect();
        let (application, lookup) = (stored(&self.application), stored(&self.lookup));
        Stored { application, lookup }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Lists {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { application, lookup } = Stored::deserialize(deserializer)?;
        let rules = |stored: Vec<StoredRule>, kind| {
            stored.into_iter().map(|rule| rule.into_rule(kind)).collect()
        };
        Ok(Self {
            application: rules(application, RuleKind::Application),
            lookup: rules(lookup, RuleKind::DirectoryLookup),
        })
    }
}
