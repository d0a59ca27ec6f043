//! `listChange`: what changed in CUCM's database since the last question. Since schema 10.0.
//!
//! The first question, without a start, returns the [`Queue`]; the next one starts at
//! [`Queue::next`]. A restart of AXL starts a new queue, which the answer to the old one says by
//! [`QueueRestarted`](crate::AnswerError::QueueRestarted). Real answers break the schema: keys
//! come without braces, and `changedTags` is absent. All that is optional here.

use super::AxlOperation;
use crate::answer_error::AnswerError;
use crate::rule::{RuleKind, Uuid};
use crate::soap;
use crate::version::SchemaVersion;
use crate::xml::{Body, Element};

/// Asks for changes of records of some types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListChange {
    /// Types, such as `ApplicationDialRules` or `RoutePattern`.
    pub types: Vec<String>,
    /// Where to start; `None` for a baseline.
    pub since: Option<ChangeCursor>,
}

impl ListChange {
    /// Changes of both kinds of dial rules.
    #[must_use]
    pub fn of_rules(since: Option<ChangeCursor>) -> Self {
        let types = RuleKind::ALL.map(|kind| kind.operation_name().to_owned()).to_vec();
        Self { types, since }
    }

    /// Changes of route and translation patterns, which hold the emergency flags.
    #[must_use]
    pub fn of_patterns(since: Option<ChangeCursor>) -> Self {
        Self { types: vec!["RoutePattern".to_owned(), "TransPattern".to_owned()], since }
    }
}

/// A place in a change queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeCursor {
    /// The queue.
    pub queue: String,
    /// The first change to return.
    pub start: u64,
}

/// The state of the change queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The queue's name, which changes when AXL restarts.
    pub id: String,
    /// Number of the last change in the queue; 0 if the answer does not say.
    pub last: u64,
    /// Number at which the next question starts.
    pub next_start: u64,
}

impl Queue {
    /// Where the next question starts.
    #[must_use]
    pub fn next(&self) -> ChangeCursor {
        ChangeCursor { queue: self.id.clone(), start: self.next_start }
    }

    /// Whether more changes wait now.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.last >= self.next_start
    }
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeList {
    /// The queue after these changes.
    pub queue: Queue,
    /// The changes, in order.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The type of the record; empty if the answer does not say.
    pub kind: String,
    /// The record.
    pub uuid: Option<Uuid>,
    /// Number in the queue.
    pub id: Option<u64>,
    /// `a` for added, `u` for updated, `r` for removed; empty if the answer does not say.
    pub action: String,
    /// Names of the changed fields.
    pub changed: Vec<String>,
}

impl AxlOperation for ListChange {
    type Answer = ChangeList;

    fn name(&self) -> String {
        "listChange".to_owned()
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        if let Some(ChangeCursor { queue, start }) = &self.since {
            body.attributed("startChangeId", &[("queueId", queue)], &start.to_string());
        }
        body.nested("objectList", |body| {
            self.types.iter().for_each(|object| body.text("object", object));
        });
    }

    fn read(&self, response: Element<'_>) -> Result<ChangeList, AnswerError> {
        let queue = response.descendant("queueInfo").ok_or_else(|| soap::missing("queueInfo"))?;
        let next_start = queue.number_of("nextStartChangeId");
        let id = queue.word_of("queueId").ok_or_else(|| soap::missing("queueId"))?;
        let queue = Queue {
            id: id.to_owned(),
            last: queue.number_of("lastChangeId").unwrap_or(0),
            next_start: next_start.ok_or_else(|| soap::missing("nextStartChangeId"))?,
        };
        let changes = response.descendant("changes").into_iter().flat_map(Element::children);
        Ok(ChangeList { queue, changes: changes.map(read_change).collect() })
    }
}

fn read_change(element: Element<'_>) -> Change {
    let tags = element.child("changedTags").into_iter().flat_map(Element::children);
    Change {
        kind: element.attribute("type").unwrap_or_default().to_owned(),
        uuid: element.attribute("uuid").and_then(Uuid::new),
        id: element.number_of("id"),
        action: element.word_of("action").unwrap_or_default().to_owned(),
        changed: tags.filter_map(|tag| tag.attribute("name")).map(str::to_owned).collect(),
    }
}
