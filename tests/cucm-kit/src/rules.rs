//! Dial rules as CUCM holds them, and the requests that list and edit them.

use crate::changes::Edit;
use crate::listing;
use crate::soap::SoapFault;
use crate::state::State;
use crate::xml::{Element, leaf, wrap, wrap_or_empty};

/// The names of a rule's elements, in the order of the schema.
const FIELDS: [&str; 7] = [
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

    fn slot(&mut self, name: &str) -> Option<&mut String> {
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

    fn xml(&self, kind: RuleKind, tags: &[&str]) -> String {
        let present = tags.iter().filter_map(|tag| Some(leaf(tag, self.field(tag)?)));
        let content: String = present.collect();
        let name = kind.element();
        format!("<{name} uuid=\"{{{}}}\">{content}</{name}>", self.uuid)
    }
}

/// `listApplicationDialRules` and `listDirectoryLookupDialRules`.
pub(crate) fn list(state: &State, kind: RuleKind, request: &Element) -> Result<String, SoapFault> {
    let query = listing::Query::read(request, &["name", "description"], &FIELDS)?;
    let matching = state.rules(kind).iter().filter(|rule| {
        query.criteria.iter().all(|(name, like)| listing::is_like(rule.field(name), like))
    });
    let rows = query.page(matching.collect(), state.axl.max_rows)?;
    let rows: String = rows.into_iter().map(|rule| rule.xml(kind, &query.tags)).collect();
    Ok(wrap_or_empty("return", &rows))
}

/// `getApplicationDialRules` and `getDirectoryLookupDialRules`.
pub(crate) fn get(state: &State, kind: RuleKind, request: &Element) -> Result<String, SoapFault> {
    let at = find(state, kind, request)?;
    Ok(wrap("return", &state.rules(kind)[at].xml(kind, &FIELDS)))
}

/// `addApplicationDialRules` and `addDirectoryLookupDialRules`.
pub(crate) fn add(
    state: &mut State,
    kind: RuleKind,
    request: &Element,
) -> Result<String, SoapFault> {
    let [element] = &request.children[..] else { return Err(SoapFault::invalid(&request.name)) };
    if element.name != kind.element() {
        return Err(SoapFault::invalid(&element.name));
    }
    let mut rule = Rule { uuid: state.new_uuid(), ..Rule::default() };
    set_fields(&mut rule, &element.children, &FIELDS)?;
    for required in ["name", "priority"] {
        if element.child(required).is_none() {
            return Err(SoapFault::invalid(required));
        }
    }
    refuse_second(state, kind, &rule)?;
    let uuid = rule.uuid.clone();
    state.rules_mut(kind).push(rule);
    state.changes.record(kind.object(), &uuid, Edit::Add);
    Ok(wrap("return", &format!("{{{uuid}}}")))
}

/// `updateApplicationDialRules` and `updateDirectoryLookupDialRules`.
pub(crate) fn update(
    state: &mut State,
    kind: RuleKind,
    request: &Element,
) -> Result<String, SoapFault> {
    let at = find(state, kind, request)?;
    let mut rule = state.rules(kind)[at].clone();
    let mut rest = &request.children[1..];
    if let Some(new_name) = rest.first().filter(|child| child.name == "newName") {
        rule.name.clone_from(&new_name.text);
        rest = &rest[1..];
    }
    set_fields(&mut rule, rest, &FIELDS[1..])?;
    refuse_second(state, kind, &rule)?;
    let tags = request.children[1..].iter();
    let tags = tags.map(|child| (child.name.clone(), child.text.clone())).collect();
    let uuid = rule.uuid.clone();
    state.rules_mut(kind)[at] = rule;
    state.changes.record(kind.object(), &uuid, Edit::Update(tags));
    Ok(wrap("return", &format!("{{{uuid}}}")))
}

/// `removeApplicationDialRules` and `removeDirectoryLookupDialRules`.
pub(crate) fn remove(
    state: &mut State,
    kind: RuleKind,
    request: &Element,
) -> Result<String, SoapFault> {
    let at = find(state, kind, request)?;
    let uuid = state.rules_mut(kind).remove(at).uuid;
    state.changes.record(kind.object(), &uuid, Edit::Remove);
    Ok(wrap("return", &format!("{{{uuid}}}")))
}

/// The index of the rule that the first child names by `uuid` or `name`.
fn find(state: &State, kind: RuleKind, request: &Element) -> Result<usize, SoapFault> {
    let key = request.children.first().ok_or_else(|| SoapFault::invalid(&request.name))?;
    let uuid = key.text.trim_matches(['{', '}']);
    let is_meant = |rule: &Rule| match key.name.as_str() {
        "uuid" => rule.uuid.eq_ignore_ascii_case(uuid),
        _ => rule.name == key.text,
    };
    if !matches!(key.name.as_str(), "name" | "uuid") {
        return Err(SoapFault::invalid(&key.name));
    }
    let found = state.rules(kind).iter().position(is_meant);
    found.ok_or_else(|| SoapFault::not_found(kind.object()))
}

/// Takes over fields, which must be in the order of the schema, each at most once.
fn set_fields(rule: &mut Rule, given: &[Element], allowed: &[&str]) -> Result<(), SoapFault> {
    let mut allowed = allowed.iter();
    for element in given {
        let invalid = || SoapFault::invalid(&element.name);
        allowed.find(|name| **name == element.name).ok_or_else(invalid)?;
        let text = &element.text;
        let is_number =
            matches!(&element.name[..], "numberOfDigits" | "digitsToBeRemoved" | "priority");
        if is_number && !text.is_empty() && text.parse::<i64>().is_err() {
            let message = format!(
                "cvc-type.3.1.3: The value '{text}' of element '{}' is not valid.",
                element.name
            );
            return Err(SoapFault::axl(-1, message));
        }
        rule.slot(&element.name).ok_or_else(invalid)?.clone_from(text);
    }
    Ok(())
}

/// Refuses a name that another rule of the list has.
fn refuse_second(state: &State, kind: RuleKind, rule: &Rule) -> Result<(), SoapFault> {
    let is_same = |other: &Rule| other.name == rule.name && other.uuid != rule.uuid;
    if state.rules(kind).iter().any(is_same) {
        let text = "Could not insert new row - duplicate value in a UNIQUE INDEX column (Unique \
                    Index:).";
        return Err(SoapFault::axl(-239, text));
    }
    Ok(())
}
