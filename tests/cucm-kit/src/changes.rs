//! The queue of changes, and `listChange`.

use crate::soap::SoapFault;
use crate::xml::{Element, escaped, leaf, wrap, wrap_or_empty};

/// What an edit does to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The object is new.
    Add,
    /// These tags have these values now.
    Update(Vec<(String, String)>),
    /// The object does not exist any more.
    Remove,
}

/// An entry of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Number in the queue.
    pub id: u64,
    /// Such as `ApplicationDialRules` or `RoutePattern`.
    pub object: String,
    /// UUID of the object.
    pub uuid: String,
    /// What happened to it.
    pub edit: Edit,
}

/// The queue of changes.
#[derive(Clone, Debug)]
pub struct ChangeQueue {
    /// Whether the cluster offers `listChange`; true at first.
    pub enabled: bool,
    /// Changes at most in one answer; unlimited at first.
    pub max_changes: Option<usize>,
    /// Whether UUIDs have braces and every change has `changedTags`, as the schema wants it. Real
    /// clusters have neither; false at first.
    pub follows_schema: bool,
    /// Name of the queue. A restart of AXL changes it.
    pub queue_id: String,
    /// Smallest number that the queue still holds; at first 1.
    pub first_id: u64,
    /// Number of the last change; at first 0.
    pub last_id: u64,
    changes: Vec<Change>,
    restarts: u64,
}

impl Default for ChangeQueue {
    fn default() -> Self {
        Self {
            enabled: true,
            max_changes: None,
            follows_schema: false,
            queue_id: "Q1".to_owned(),
            first_id: 1,
            last_id: 0,
            changes: Vec::new(),
            restarts: 1,
        }
    }
}

impl ChangeQueue {
    /// Appends a change.
    pub fn record(&mut self, object: &str, uuid: &str, edit: Edit) {
        self.last_id += 1;
        let (object, uuid) = (object.to_owned(), uuid.to_owned());
        self.changes.push(Change { id: self.last_id, object, uuid, edit });
    }

    /// The changes that the queue holds.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Forgets all changes before this number.
    pub fn forget_before(&mut self, id: u64) {
        self.first_id = id;
        self.changes.retain(|change| change.id >= id);
    }

    /// Begins a new queue, as a restart of AXL does.
    pub fn restart(&mut self) {
        self.restarts += 1;
        self.queue_id = format!("Q{}", self.restarts);
        self.first_id = 1;
        self.last_id = 0;
        self.changes.clear();
    }

    /// Answers `listChange`.
    pub(crate) fn list(&self, request: &Element) -> Result<String, SoapFault> {
        if !self.enabled {
            return Err(SoapFault::axl(5009, "Change notification is not enabled"));
        }
        let from = self.start(request)?;
        let objects = request.child("objectList").map_or(&[][..], |list| &list.children[..]);
        let is_asked = |change: &&Change| objects.iter().any(|object| object.text == change.object);
        let later = self.changes.iter().filter(|change| change.id >= from);
        let max = self.max_changes.unwrap_or(usize::MAX);
        let matching: Vec<_> = later.filter(is_asked).collect();
        let page = &matching[..matching.len().min(max)];
        let next = match page.last() {
            Some(last) if page.len() < matching.len() => last.id + 1,
            _ => self.last_id + 1,
        };
        let info = [
            leaf("firstChangeId", &self.first_id.to_string()),
            leaf("lastChangeId", &self.last_id.to_string()),
            leaf("nextStartChangeId", &next.to_string()),
            leaf("queueId", &self.queue_id),
        ];
        let changes: String = page.iter().map(|change| self.change(change)).collect();
        Ok(wrap("queueInfo", &info.concat()) + &wrap_or_empty("changes", &changes))
    }

    /// The number of the first change that a request asks for.
    fn start(&self, request: &Element) -> Result<u64, SoapFault> {
        let Some(start) = request.child("startChangeId") else { return Ok(self.first_id) };
        if start.attribute("queueId") != Some(self.queue_id.as_str()) {
            return Err(SoapFault::axl(5007, "The queueId value does not match the server."));
        }
        let invalid = || SoapFault::axl(5008, "The startChangeId value is not valid.");
        let id: u64 = start.text.trim().parse().map_err(|_| invalid())?;
        if id < self.first_id || id > self.last_id + 1 { Err(invalid()) } else { Ok(id) }
    }

    fn change(&self, change: &Change) -> String {
        let (action, tags) = match &change.edit {
            Edit::Add => ("a", &[][..]),
            Edit::Update(tags) => ("u", &tags[..]),
            Edit::Remove => ("r", &[][..]),
        };
        let uuid = match self.follows_schema {
            true => format!("{{{}}}", change.uuid),
            false => change.uuid.to_ascii_lowercase(),
        };
        let tag = |(name, value): &(String, String)| {
            format!("<changedTag name=\"{}\">{}</changedTag>", escaped(name), escaped(value))
        };
        let tags: String = tags.iter().map(tag).collect();
        let tags = match tags.is_empty() && !self.follows_schema {
            true => String::new(),
            false => wrap_or_empty("changedTags", &tags),
        };
        let content = leaf("id", &change.id.to_string())
            + &leaf("action", action)
            + &leaf("doGet", if action == "r" { "false" } else { "true" })
            + &tags;
        let object = escaped(&change.object);
        format!("<change type=\"{object}\" uuid=\"{uuid}\">{content}</change>")
    }
}
