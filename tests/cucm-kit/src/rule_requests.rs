//! Requests that list and edit dial rules.

use crate::changes::Edit;
use crate::listing;
use crate::rules::{FIELDS, Rule, RuleKind};
use crate::soap::SoapFault;
use crate::state::State;
use crate::xml::{Element, wrap, wrap_or_empty};

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
