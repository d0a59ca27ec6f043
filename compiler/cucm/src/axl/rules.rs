//! Dial rules: list, get, add, update, remove. Both kinds have the same records.

use super::page::Page;
use super::{AxlOperation, records, returned};
use crate::answer_error::AnswerError;
use crate::rule::{Count, CucmRule, RuleKind, Uuid};
use crate::soap;
use crate::version::SchemaVersion;
use crate::xml::{Body, Element};

/// The elements of a record, in the order that the schema fixes.
const FIELDS: [&str; 7] = [
    "name",
    "description",
    "numberBeginWith",
    "numberOfDigits",
    "digitsToBeRemoved",
    "prefixPattern",
    "priority",
];

/// Asks for all rules of a kind, or for a page of them. The answer is in no particular order; see
/// [`convert`](crate::convert()).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListRules {
    /// The kind.
    pub kind: RuleKind,
    /// A part of the list; `None` for the whole list.
    pub page: Option<Page>,
}

/// Which rule an operation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKey {
    /// The rule with this name.
    Name(String),
    /// The rule with this key.
    Uuid(Uuid),
}

/// Asks for one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetRule {
    /// The kind.
    pub kind: RuleKind,
    /// The rule.
    pub key: RuleKey,
}

/// Adds a rule; the answer is its key. The key in the rule is not sent. An empty description is
/// left out; the other fields are sent even if they are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddRule(pub CucmRule);

/// Changes fields of a rule; the answer is its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateRule {
    /// The kind.
    pub kind: RuleKind,
    /// The rule to change.
    pub key: RuleKey,
    /// The new values.
    pub change: RuleChange,
}

/// New values of a rule; `None` leaves a field unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleChange {
    /// New name, sent as `newName`.
    pub name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New Number Begins With.
    pub begins_with: Option<String>,
    /// New Number of Digits.
    pub digits: Option<Count>,
    /// New Total Digits to be Removed.
    pub remove: Option<Count>,
    /// New Prefix With Pattern.
    pub prefix: Option<String>,
    /// New Priority.
    pub priority: Option<Count>,
}

impl RuleChange {
    /// What has to change to make `from` equal to `to`; kinds and keys are not compared.
    #[must_use]
    pub fn between(from: &CucmRule, to: &CucmRule) -> Self {
        fn changed<V: Clone + PartialEq>(from: &V, to: &V) -> Option<V> {
            (from != to).then(|| to.clone())
        }
        Self {
            name: changed(&from.name, &to.name),
            description: changed(&from.description, &to.description),
            begins_with: changed(&from.begins_with, &to.begins_with),
            digits: changed(&from.digits, &to.digits),
            remove: changed(&from.remove, &to.remove),
            prefix: changed(&from.prefix, &to.prefix),
            priority: changed(&from.priority, &to.priority),
        }
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Removes a rule; the answer is its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveRule {
    /// The kind.
    pub kind: RuleKind,
    /// The rule to remove.
    pub key: RuleKey,
}

impl AxlOperation for ListRules {
    type Answer = Vec<CucmRule>;

    fn name(&self) -> String {
        format!("list{}", self.kind.operation_name())
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        // an empty criterion would match empty values only
        body.nested("searchCriteria", |body| body.text("name", "%"));
        body.nested("returnedTags", |body| FIELDS.iter().for_each(|field| body.text(field, "")));
        if let Some(page) = self.page {
            page.write(body);
        }
    }

    fn read(&self, response: Element<'_>) -> Result<Vec<CucmRule>, AnswerError> {
        let records = records(response, self.kind.element())?;
        records.map(|record| read_record(self.kind, record)).collect()
    }
}

impl AxlOperation for GetRule {
    type Answer = CucmRule;

    fn name(&self) -> String {
        format!("get{}", self.kind.operation_name())
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        self.key.write(body);
    }

    fn read(&self, response: Element<'_>) -> Result<CucmRule, AnswerError> {
        let mut records = records(response, self.kind.element())?;
        let record = records.next().ok_or_else(|| soap::missing(self.kind.element()))?;
        read_record(self.kind, record)
    }
}

impl AxlOperation for AddRule {
    type Answer = Uuid;

    fn name(&self) -> String {
        format!("add{}", self.0.kind.operation_name())
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        let rule = &self.0;
        body.nested(rule.kind.element(), |body| {
            body.text("name", &rule.name);
            if !rule.description.is_empty() {
                body.text("description", &rule.description);
            }
            body.text("numberBeginWith", &rule.begins_with);
            body.text("numberOfDigits", &rule.digits.to_string());
            body.text("digitsToBeRemoved", &rule.remove.to_string());
            body.text("prefixPattern", &rule.prefix);
            body.text("priority", &rule.priority.to_string());
        });
    }

    fn read(&self, response: Element<'_>) -> Result<Uuid, AnswerError> {
        key_in(response)
    }
}

impl AxlOperation for UpdateRule {
    type Answer = Uuid;

    fn name(&self) -> String {
        format!("update{}", self.kind.operation_name())
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        self.key.write(body);
        let change = &self.change;
        let mut text = |element, value: Option<String>| {
            if let Some(value) = value {
                body.text(element, &value);
            }
        };
        text("newName", change.name.clone());
        text("description", change.description.clone());
        text("numberBeginWith", change.begins_with.clone());
        text("numberOfDigits", change.digits.as_ref().map(ToString::to_string));
        text("digitsToBeRemoved", change.remove.as_ref().map(ToString::to_string));
        text("prefixPattern", change.prefix.clone());
        text("priority", change.priority.as_ref().map(ToString::to_string));
    }

    fn read(&self, response: Element<'_>) -> Result<Uuid, AnswerError> {
        key_in(response)
    }
}

impl AxlOperation for RemoveRule {
    type Answer = Uuid;

    fn name(&self) -> String {
        format!("remove{}", self.kind.operation_name())
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        self.key.write(body);
    }

    fn read(&self, response: Element<'_>) -> Result<Uuid, AnswerError> {
        key_in(response)
    }
}

impl RuleKey {
    fn write(&self, body: &mut Body) {
        match self {
            Self::Name(name) => body.text("name", name),
            Self::Uuid(uuid) => body.text("uuid", &uuid.to_string()),
        }
    }
}

/// The key that an operation returns.
fn key_in(response: Element<'_>) -> Result<Uuid, AnswerError> {
    Uuid::new(returned(response)?.text()).ok_or_else(|| soap::missing("return"))
}

/// A record. A rule without a name does not exist; every other field may be absent or empty.
fn read_record(kind: RuleKind, record: Element<'_>) -> Result<CucmRule, AnswerError> {
    record.child("name").ok_or_else(|| soap::missing("name"))?;
    let count = |field: &str| Count::new(record.text_of(field));
    Ok(CucmRule {
        kind,
        uuid: record.attribute("uuid").and_then(Uuid::new),
        name: record.text_of("name").to_owned(),
        description: record.text_of("description").to_owned(),
        begins_with: record.text_of("numberBeginWith").to_owned(),
        digits: count("numberOfDigits"),
        remove: count("digitsToBeRemoved"),
        prefix: record.text_of("prefixPattern").to_owned(),
        priority: count("priority"),
    })
}
